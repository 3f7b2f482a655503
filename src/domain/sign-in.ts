import { Refusal } from '../errors.ts'
import { digest } from './digest.ts'
import { parseEmail } from './email.ts'
import type { Demand, MfaPolicy } from './factors/policy.ts'
import type { Limited, Limits } from './limits.ts'
import type { Log, Metrics } from './observe.ts'
import { canBePassword, type PasswordPolicy } from './password-policy.ts'
import type { Account, AccountStore, Audit, Hasher } from './ports.ts'
import { turns } from './turns.ts'

export interface SignInParts {
  accounts: Pick<AccountStore, 'findByEmailKey' | 'replace'>
  hasher: Hasher
  limits: Pick<Limits, 'signIn'>
  /** What the password is not enough for. */
  demand: MfaPolicy['demand']
  policy: Pick<PasswordPolicy, 'normalise'>
  audit: Audit
  metrics: Pick<Metrics, 'signIn'>
  log: Pick<Log, 'warn'>
  /** Sign-ins in progress at most: what the hasher runs and lets wait. */
  capacity: number
}

export interface SignInAttempt {
  /** What was typed as the name of the account. */
  login: string
  /** As it was typed. */
  password: string
  /** Network address of the client. */
  address: string
}

export type SignInOutcome =
  /**
   * The account as it was when the password was right, and what is still to do: nothing, a second factor, or to set
   * one up. Before that nobody is signed in (C-18).
   */
  | { kind: 'ok'; account: Account; due: Demand }
  | { kind: 'wrong' }
  /** `retryAfter` in seconds. */
  | { kind: 'limited'; retryAfter: number }

/**
 * Signs in by e-mail address and password. Whether there is an account shows neither in the outcome nor in the time: an
 * account that does not exist, is disabled or has no password costs the same hash as a wrong password (ASVS 6.3.8). Only
 * what no account can have as its password is refused without one, and that is known before any account is looked up.
 *
 * The function rejects with the refusal `busy`, which counts for no limit, or `store_unavailable`.
 */
export const signIn = (parts: SignInParts): ((attempt: SignInAttempt) => Promise<SignInOutcome>) => {
  const { limits, metrics, capacity } = parts
  // A crowd is turned away before it takes shared places: they would look like failures of its address.
  const inTurn = turns({ concurrency: capacity, queue: 0 })
  return async ({ login, password, address }) => {
    const emailKey = parseEmail(login)?.key
    const who = { address, detail: emailKey === undefined ? {} : { login: digest(emailKey) } }
    const place = await limits.signIn({ account: emailKey ?? login, address })
    if (place.kind === 'limited') return refused(parts, who, place)
    try {
      return await inTurn(async () => {
        const limited = await place.share()
        if (limited) return refused(parts, who, limited)
        const proof = await prove(parts, emailKey, parts.policy.normalise(password))
        if (!proof.isRight) return failed(parts, who, proof)
        const due = await parts.demand(proof.account)
        await place.succeeded()
        return succeeded(parts, address, { account: proof.account, due })
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.code === 'busy') metrics.signIn('busy')
      await Promise.allSettled([place.giveBack()])
      throw error
    }
  }
}

/** Names are written down as digests, and what is no address not at all: it may be a password in the wrong field. */
interface Who {
  address: string
  detail: { login?: string }
}

const refused = (
  { metrics, audit }: SignInParts,
  who: Who,
  { retryAfter, isFirst }: Limited,
): SignInOutcome => {
  metrics.signIn('limited')
  if (isFirst) audit({ type: 'sign_in.limited', ...who })
  return { kind: 'limited', retryAfter }
}

const failed = (
  { metrics, audit }: SignInParts,
  who: Who,
  { account }: Extract<Proof, { isRight: false }>,
): SignInOutcome => {
  metrics.signIn('wrong')
  audit({ type: 'sign_in.failed', ...who, ...(account && { sub: account.sub }) })
  return { kind: 'wrong' }
}

const succeeded = (
  { metrics, audit }: SignInParts,
  address: string,
  proven: { account: Account; due: Demand },
): SignInOutcome => {
  metrics.signIn('ok')
  const { sub } = proven.account
  // The sign-in is written down as one when its last factor is proven.
  audit({ type: proven.due === 'none' ? 'sign_in.succeeded' : 'second_factor.asked', sub, address })
  return { kind: 'ok', ...proven }
}

type Proof = { isRight: true; account: Account } | { isRight: false; account: Account | undefined }

/** One hash, whatever there is to compare with. */
const prove = async (
  { accounts, hasher, log }: SignInParts,
  emailKey: string | undefined,
  password: string,
): Promise<Proof> => {
  if (!canBePassword(password)) return { account: undefined, isRight: false }
  const account = emailKey === undefined ? undefined : await accounts.findByEmailKey(emailKey)
  if (account?.password === undefined || account.disabled) {
    await hasher.verifyNothing(password)
    return { account, isRight: false }
  }
  if (!(await hasher.verify(account.password, password))) return { account, isRight: false }
  // The hash may have waited: a password changed or an account disabled meanwhile must not let the old one in.
  const present = await accounts.findByEmailKey(account.emailKey)
  if (present?.validAfter !== account.validAfter || present.disabled) return { account, isRight: false }
  await renew(account, password, { accounts, hasher, log })
  return { account: present, isRight: true }
}

/** Hashes anew what is outdated. The person is in, whatever comes of it; who changed the account meanwhile wins. */
const renew = async (
  account: Account,
  password: string,
  { accounts, hasher, log }: Pick<SignInParts, 'accounts' | 'hasher' | 'log'>,
): Promise<void> => {
  if (account.password === undefined || !hasher.isOutdated(account.password)) return
  try {
    await accounts.replace({ ...account, password: await hasher.hash(password) })
  } catch (err) {
    log.warn({ err, sub: account.sub }, 'a password was not hashed anew; the next sign-in tries again')
  }
}
