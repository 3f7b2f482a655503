import { createHash } from 'node:crypto'
import type { Log, Metrics } from '../domain/observe.ts'
import type { IsBreached } from '../domain/password-faults.ts'
import { turns } from '../domain/turns.ts'

export interface BreachedPasswordsOptions {
  /** Where ranges are, as the operator has set it: a mirror in the own network is as good. Undefined asks nobody. */
  url: string | undefined
  metrics: Pick<Metrics, 'breachedPasswordCheck'>
  log: Pick<Log, 'warn'>
  /** Milliseconds for the whole answer. */
  patience?: number
}

/** Characters of the hash that leave this server: some thousand known passwords have the same ones. */
const PREFIX = 5
const PATIENCE = 2_000
/** Bytes of an answer; with padding it has about 1,000 lines of 40. */
const LONGEST = 256 * 1024
/** Ranges that are remembered: whoever corrects another field asks for the same one again. */
const REMEMBERED = 16
/** Questions at the same time; more are not asked. */
const CONCURRENCY = 16

const HEADERS = { 'add-padding': 'true', 'user-agent': 'gatehouse', accept: 'text/plain' }

/** A line is the rest of a hash and how often it was seen; padding was seen never. */
const isListed = (range: string, suffix: string): boolean =>
  range.split(/\r?\n/).some((line) => {
    const [hash, count] = line.split(':')
    return hash?.toUpperCase() === suffix && Number(count) > 0
  })

/**
 * Looks passwords up in the range API of Have I Been Pwned, or a mirror of it: of the SHA-1 only the first five
 * characters are sent (k-anonymity), and padding hides how long the answer is. A service that does not answer well lets
 * every password pass, which is counted and logged. The address is the operator's own setting, so that private ones are
 * good; redirects are not followed.
 */
export const breachedPasswords = ({
  url,
  metrics,
  log,
  patience = PATIENCE,
}: BreachedPasswordsOptions): IsBreached => {
  if (url === undefined) return async () => false
  const rangeOf = remembered((prefix) => fetchRange(new URL(prefix, url.replace(/\/*$/, '/')), patience))
  const inTurn = turns({ concurrency: CONCURRENCY, queue: 0 })
  return async (password) => {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
    try {
      const isBreached = isListed(await inTurn(() => rangeOf(hash.slice(0, PREFIX))), hash.slice(PREFIX))
      metrics.breachedPasswordCheck(isBreached ? 'breached' : 'clean')
      return isBreached
    } catch (err) {
      metrics.breachedPasswordCheck('unavailable')
      log.warn({ err }, 'a password could not be looked up among stolen ones; it was let pass')
      return false
    }
  }
}

/** Keeps the last few results, by key. */
const remembered = (find: (key: string) => Promise<string>): ((key: string) => Promise<string>) => {
  const known = new Map<string, string>()
  return async (key) => {
    const value = known.get(key) ?? (await find(key))
    known.delete(key)
    known.set(key, value)
    const [oldest] = known.keys()
    if (oldest !== undefined && known.size > REMEMBERED) known.delete(oldest)
    return value
  }
}

const fetchRange = async (url: URL, patience: number): Promise<string> => {
  const signal = AbortSignal.timeout(patience)
  const answer = await fetch(url, { headers: HEADERS, redirect: 'error', signal })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`the service of stolen passwords answered ${answer.status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > LONGEST) throw new Error('the answer of the service of stolen passwords is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('latin1')
}
