import { isIP } from 'node:net'
import { digest } from './digest.ts'
import type { Clock, Counter, CounterStore } from './ports.ts'

/** The most that is allowed in a window. */
export interface LimitSettings {
  /** Failed sign-ins per account from one address prefix. */
  signInAccountPrefix: number
  /** Failed sign-ins per account from everywhere (NIST SP 800-63B-4 §3.2.2). */
  signInAccount: number
  /** Failed sign-ins per address prefix. */
  signInPrefix: number
  /** Attempts to register per address prefix. */
  registrationPrefix: number
}

export interface LimitParts {
  counters: CounterStore
  now: Clock
  settings: LimitSettings
}

export interface Limited {
  kind: 'limited'
  /** Seconds until the window ends. */
  retryAfter: number
  /** This attempt was the first that found the limit reached; the others need no report of their own. */
  isFirst: boolean
}

/** A place among the allowed attempts, taken before the password is looked at. It stays taken if nothing is called. */
export interface Reservation {
  kind: 'reserved'
  /** The password was right: failures of this account from this prefix are forgotten. */
  succeeded(): Promise<void>
  /** The password was not looked at. */
  giveBack(): Promise<void>
}

export interface Limits {
  /**
   * Takes a place before any hash runs, so that no number of parallel attempts gets more verifications than the limit
   * (CVE-2024-4629). The narrowest counter comes first: what one prefix does beyond its share never reaches the
   * counters that others share, so it takes several prefixes to lock an owner out.
   *
   * @param attempt.account canonical e-mail address, or whatever was typed; whether it exists makes no difference
   * @param attempt.address network address of the client
   */
  signIn(attempt: { account: string; address: string }): Promise<Reservation | Limited>
  /** Counts an attempt to register, whatever becomes of it. */
  registration(address: string): Promise<{ kind: 'allowed' } | Limited>
}

/** Milliseconds. */
const SIGN_IN_WINDOW = 15 * 60_000
const REGISTRATION_WINDOW = 60 * 60_000

/** Limits over fixed windows; a store that is away makes every method reject. */
export const limits = ({ counters, now, settings }: LimitParts): Limits => {
  const take = async (key: string, window: number, most: number): Promise<Limited | undefined> => {
    const counter = await counters.increment(key, window)
    return counter.count > most ? limited(counter, most) : undefined
  }
  const limited = ({ count, resetAt }: Counter, most: number): Limited => ({
    kind: 'limited',
    retryAfter: Math.max(1, Math.ceil((resetAt - now()) / 1000)),
    isFirst: count === most + 1,
  })
  return {
    async signIn({ account, address }) {
      const prefix = addressPrefix(address)
      const name = digest(account)
      const shared = { prefix: `sign-in/prefix/${prefix}`, account: `sign-in/account/${name}` }
      const own = `sign-in/account-prefix/${name}/${prefix}`
      const refused =
        (await take(own, SIGN_IN_WINDOW, settings.signInAccountPrefix)) ??
        (await take(shared.prefix, SIGN_IN_WINDOW, settings.signInPrefix)) ??
        (await take(shared.account, SIGN_IN_WINDOW, settings.signInAccount))
      if (refused) return refused
      const giveBack = (keys: string[]) => Promise.all(keys.map((key) => counters.decrement(key)))
      return {
        kind: 'reserved',
        async succeeded() {
          await Promise.all([counters.reset(own), giveBack(Object.values(shared))])
        },
        async giveBack() {
          await giveBack([own, ...Object.values(shared)])
        },
      }
    },
    async registration(address) {
      const key = `registration/prefix/${addressPrefix(address)}`
      return (await take(key, REGISTRATION_WINDOW, settings.registrationPrefix)) ?? { kind: 'allowed' }
    },
  }
}

/**
 * The part of a network address that one customer has: an IPv4 address whole, of IPv6 the first 64 bits. What is no
 * address shares one bucket: it is never a way around a limit.
 */
export const addressPrefix = (address: string): string => {
  const [text = ''] = address.split('%')
  const version = isIP(text)
  if (version === 0) return 'unknown'
  if (version === 4) return text
  const groups = groupsOf(text)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join('.')
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`
}

/** The eight groups of an IPv6 address; a URL writes every spelling in one way (RFC 5952). */
const groupsOf = (ipv6: string): number[] => {
  const [head = [], tail = []] = new URL(`http://[${ipv6}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))))
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}
