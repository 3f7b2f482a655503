import { addressPrefix } from './address-prefix.ts'
import { digest } from './digest.ts'
import type { Clock, CounterStore } from './ports.ts'

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
  /** Wrong codes of a second factor per account, whatever the session. */
  codeAccount: number
  /** Mails that anybody can cause, per canonical address. */
  mailAccount: number
  /** The same per address prefix. */
  mailPrefix: number
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
  /** The first refusal of its window; the others need no report of their own. */
  isFirst: boolean
}

/** A place among the allowed attempts, taken before the password is looked at. It stays taken if nothing is called. */
export interface Place {
  kind: 'reserved'
  /** Takes the place among all attempts of the prefix, and all on the account, as well; needed before any hash. */
  share(): Promise<Limited | undefined>
  /** The password was right: failures of this account from this prefix are forgotten. */
  succeeded(): Promise<void>
  /** The password was not looked at. */
  giveBack(): Promise<void>
}

export interface MailWish {
  account: string
  /** `reset`: for a new password. */
  letter: 'reset' | 'other'
  address: string
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
  signIn(attempt: { account: string; address: string }): Promise<Place | Limited>
  /** Counts an attempt to register, whatever becomes of it. */
  registration(address: string): Promise<{ kind: 'allowed' } | Limited>
  /**
   * Takes one of the few guesses at a code of a second factor before the code is looked at (C-19). The counter belongs
   * to the account: neither another session nor a new code gives more. A right code forgets the wrong ones.
   */
  code(sub: string): Promise<{ kind: 'reserved'; succeeded(): Promise<void> } | Limited>
  /**
   * Counts a mail that somebody asks for. Both counters go up whether or not there is an account. Letters for a new
   * password have a counter of their own, so that nobody can use it up by asking for others.
   *
   * @param ask.account canonical e-mail address
   */
  mail(ask: MailWish): Promise<{ kind: 'allowed' } | Limited>
  /** A new password from its owner's hand: what others did to the account's counter is forgotten. */
  forgiveSignIns(account: string): Promise<void>
}

/** Milliseconds. */
const SIGN_IN_WINDOW = 15 * 60_000
const REGISTRATION_WINDOW = 60 * 60_000
const CODE_WINDOW = 15 * 60_000
const MAIL_WINDOW = 60 * 60_000
/** As long as a link for a new password is good: whoever is refused one has one that works (OWASP Forgot Password). */
export const RESET_WINDOW = 30 * 60_000

/** One more in a window. */
interface Taken {
  key: string
  isOver: boolean
  resetAt: number
  giveBack(): Promise<void>
}

/** Limits over fixed windows; a store that is away makes every method reject. */
export const limits = ({ counters, now, settings }: LimitParts): Limits => {
  const take = async (key: string, window: number, most: number): Promise<Taken> => {
    const { count, resetAt } = await counters.increment(key, window)
    const giveBack = async (): Promise<void> => {
      // What was taken went with its window; the next one owes nothing.
      if (now() < resetAt) await counters.decrement(key)
    }
    return { key, isOver: count > most, resetAt, giveBack }
  }

  const limited = async ({ key, resetAt }: Taken): Promise<Limited> => {
    const left = Math.max(1, resetAt - now())
    const { count } = await counters.increment(`${key}/reported`, left)
    return { kind: 'limited', retryAfter: Math.ceil(left / 1000), isFirst: count === 1 }
  }

  const place = (own: Taken, shared: readonly (readonly [key: string, most: number])[]): Place => {
    const taken = [own]
    const giveBack = async (from: number): Promise<void> => {
      await Promise.all(taken.splice(from).map((one) => one.giveBack()))
    }
    return {
      kind: 'reserved',
      async share() {
        for (const [key, most] of shared) {
          const next = await take(key, SIGN_IN_WINDOW, most)
          taken.push(next)
          if (!next.isOver) continue
          await giveBack(0)
          return limited(next)
        }
        return undefined
      },
      async succeeded() {
        await Promise.all([counters.reset(own.key), giveBack(1)])
      },
      giveBack: () => giveBack(0),
    }
  }

  return {
    async signIn({ account, address }) {
      const prefix = addressPrefix(address)
      const name = digest(account)
      const own = await take(`sign-in/${name}/${prefix}`, SIGN_IN_WINDOW, settings.signInAccountPrefix)
      if (own.isOver) return limited(own)
      return place(own, [
        [`sign-in/prefix/${prefix}`, settings.signInPrefix],
        [`sign-in/account/${name}`, settings.signInAccount],
      ])
    },
    async registration(address) {
      const key = `registration/prefix/${addressPrefix(address)}`
      const taken = await take(key, REGISTRATION_WINDOW, settings.registrationPrefix)
      return taken.isOver ? limited(taken) : { kind: 'allowed' }
    },
    async code(sub) {
      const taken = await take(`code/${digest(sub)}`, CODE_WINDOW, settings.codeAccount)
      if (taken.isOver) return limited(taken)
      return { kind: 'reserved', succeeded: () => counters.reset(taken.key) }
    },
    async mail({ account, letter, address }) {
      const window = letter === 'reset' ? RESET_WINDOW : MAIL_WINDOW
      const taken = [
        await take(`mail/${letter}/${digest(account)}`, window, settings.mailAccount),
        await take(`mail/prefix/${addressPrefix(address)}`, MAIL_WINDOW, settings.mailPrefix),
      ]
      const over = taken.find(({ isOver }) => isOver)
      return over ? limited(over) : { kind: 'allowed' }
    },
    forgiveSignIns: (account) => counters.reset(`sign-in/account/${digest(account)}`),
  }
}
