import { Refusal } from '../errors.ts'
import { digest } from './digest.ts'
import type { Limited, Limits } from './limits.ts'
import { canBePassword, type PasswordPolicy } from './password-policy.ts'
import type { Account, Audit, Hasher } from './ports.ts'

export interface CurrentPasswordParts {
  hasher: Pick<Hasher, 'verify' | 'verifyNothing'>
  limits: Pick<Limits, 'signIn'>
  policy: Pick<PasswordPolicy, 'normalise'>
  audit: Audit
}

export type CurrentPasswordOutcome =
  | { kind: 'right' }
  | { kind: 'wrong' }
  /** `retryAfter` in seconds. */
  | { kind: 'limited'; retryAfter: number }

/**
 * Checks the password of an account that is known already. Guesses count like sign-ins of the account, on the same
 * counters (C-19, C-20, C-21). The function rejects with the refusal `busy`, which counts for nothing, or
 * `store_unavailable`.
 *
 * @param attempt.address network address of the client
 */
export type CurrentPassword = (attempt: {
  account: Account
  password: string
  address: string
}) => Promise<CurrentPasswordOutcome>

export const currentPassword =
  (parts: CurrentPasswordParts): CurrentPassword =>
  async ({ account, password, address }) => {
    const { limits, audit } = parts
    const who = { sub: account.sub, address, detail: { login: digest(account.emailKey) } }
    const place = await limits.signIn({ account: account.emailKey, address })
    const refused = ({ isFirst, retryAfter }: Limited): CurrentPasswordOutcome => {
      if (isFirst) audit({ type: 'sign_in.limited', ...who })
      return { kind: 'limited', retryAfter }
    }
    if (place.kind === 'limited') return refused(place)
    try {
      const limited = await place.share()
      if (limited) return refused(limited)
      if (await isRight(parts, account, password)) {
        await place.succeeded()
        return { kind: 'right' }
      }
    } catch (error) {
      if (error instanceof Refusal) await Promise.allSettled([place.giveBack()])
      throw error
    }
    audit({ type: 'sign_in.failed', ...who })
    return { kind: 'wrong' }
  }

/** One hash, whether or not there is one to compare with; none for what no account can have. */
const isRight = async (
  { hasher, policy }: CurrentPasswordParts,
  { password: phc, disabled }: Account,
  password: string,
): Promise<boolean> => {
  const normalised = policy.normalise(password)
  if (!canBePassword(normalised)) return false
  if (phc !== undefined && !disabled) return hasher.verify(phc, normalised)
  await hasher.verifyNothing(normalised)
  return false
}
