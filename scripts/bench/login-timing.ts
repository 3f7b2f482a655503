import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { openFoundation } from '../../src/build.ts'
import { loadConfig } from '../../src/config.ts'
import { newSecret, sealedSecret } from '../../src/domain/factors/totp.ts'
import { connection, type Send } from './chain.ts'
import type { BenchOptions } from './embedded.ts'
import { median } from './measured.ts'
import { print } from './print.ts'
import { startOurs } from './servers.ts'
import { passwordless, person } from './subject.ts'

const WRONG = 'not the password of anybody here'
/** No account can have it, so nothing is hashed for it. */
const NOBODYS = 'x'.repeat(257)
/** Attempts of each kind in a round: with four rounds and five kinds 400 in all. */
const ATTEMPTS = 20
/** Of the time of a hash, by which medians may differ. */
const MOST = 0.1

const attempt = async (send: Send, email: string, password = WRONG): Promise<number> => {
  const started = performance.now()
  const { status, text } = await send(
    'POST',
    '/auth/login',
    { 'content-type': 'application/json' },
    JSON.stringify({ email, password }),
  )
  const taken = performance.now() - started
  if (status !== 401 || !text.includes('wrong_credentials')) throw new Error(`${status} ${text}`)
  return taken
}

/** In an order that is another each time: what runs beside must not hit one kind only. */
const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => [randomInt(2 ** 32), item] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, item]) => item)

/** Milliseconds of each attempt, by kind of account, all kinds interleaved. */
const interleaved = async (
  send: Send,
  emails: Readonly<Record<string, string>>,
  attempts: number,
): Promise<Map<string, number[]>> => {
  const times = new Map<string, number[]>([...Object.keys(emails), 'no hash'].map((kind) => [kind, []]))
  for (let round = 0; round < attempts; round++) {
    for (const [kind, taken] of shuffled([...times])) {
      const email = emails[kind]
      taken.push(await (email === undefined ? attempt(send, person.email, NOBODYS) : attempt(send, email)))
    }
  }
  return times
}

/** The seed has a person, and one without a password; the others are made beside the server, as a command would. */
const accountsOf = async (server: { folder: string; base: string }): Promise<Record<string, string>> => {
  const foundation = await openFoundation(
    loadConfig({
      ISSUER: server.base,
      DATA_DIR: join(server.folder, 'data'),
      KEYS_DIR: join(server.folder, 'keys'),
    }),
    'cli',
  )
  const { accounts, sealer } = foundation
  const create = async (name: string): Promise<string> => {
    const email = `${name}@example.com`
    const { password } = person
    await accounts.create({ sub: name, email, emailKey: email, password, emailVerified: true, roleIds: [] })
    return email
  }
  const [disabled, withApp] = [await create('disabled'), await create('with-app')]
  await accounts.disable('disabled')
  await accounts.changeFactors('with-app', (factors) => ({
    ...factors,
    totp: {
      secret: sealedSecret(sealer, 'account').seal('with-app', newSecret()),
      lastStep: 0,
      addedAt: Date.now(),
      lastUsedAt: undefined,
    },
  }))
  await foundation.close()
  return {
    known: person.email,
    unknown: 'nobody@example.com',
    disabled,
    'without a password': passwordless,
    'with a second factor': withApp,
  }
}

const report = (times: ReadonlyMap<string, readonly number[]>): void => {
  const medianOf = (kind: string): number => median(times.get(kind) ?? [])
  const hash = medianOf('known') - medianOf('no hash')
  print('a wrong password, account', 'median ms', 'differs', 'of a hash', 'goal', '')
  for (const kind of times.keys()) {
    const difference = medianOf(kind) - medianOf('known')
    const part = Math.abs(difference) / hash
    const verdict =
      kind === 'no hash' ? [] : [part.toFixed(3), `< ${MOST}`, part < MOST ? 'reached' : 'missed']
    print(kind, medianOf(kind).toFixed(2), difference.toFixed(2), ...verdict)
  }
}

/** Whether the time of a refused sign-in tells what account there is: the medians of one run, interleaved. */
export const measureLoginTiming = async ({ rounds }: BenchOptions): Promise<void> => {
  const limits = { LIMIT_SIGN_IN_ACCOUNT_PREFIX: '100000', LIMIT_SIGN_IN_ACCOUNT: '100000' }
  const server = await startOurs(undefined, limits)
  try {
    const emails = await accountsOf(server)
    const send = connection(server.base)
    await interleaved(send, emails, ATTEMPTS)
    report(await interleaved(send, emails, rounds * ATTEMPTS))
  } finally {
    await server.stop()
  }
}
