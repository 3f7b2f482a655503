import type { NewPassword } from './new-password.ts'
import { canBePassword, type PasswordFault, type PasswordPolicy } from './password-policy.ts'
import type { Account, Hasher } from './ports.ts'

export interface ChosenPasswordParts {
  password: NewPassword
  hasher: Pick<Hasher, 'verify' | 'verifyNothing'>
  policy: Pick<PasswordPolicy, 'normalise'>
}

export type Chosen =
  /** PHC string; undefined where none was typed. */
  { kind: 'chosen'; hash: string | undefined } | { kind: 'faults'; faults: readonly PasswordFault[] }

/**
 * What a person types who owns an account or takes it over: its own password, which may be weaker than the policy of
 * today, or a new one. Both are hashed alike: neither time nor number of hashes tells which of the two it is.
 *
 * @param password undefined where none was typed
 */
export type ChosenPassword = (
  account: Pick<Account, 'email' | 'name' | 'password'>,
  password: string | undefined,
) => Promise<Chosen>

/** The function rejects with the refusal `busy`. */
export const chosenPassword =
  ({ password: passwords, hasher, policy }: ChosenPasswordParts): ChosenPassword =>
  async (account, password) => {
    if (password === undefined) return { kind: 'chosen', hash: undefined }
    const faults = await passwords.faults(password, account)
    const normalised = policy.normalise(password)
    if (!canBePassword(normalised)) return { kind: 'faults', faults }
    const isOwn = account.password !== undefined && (await hasher.verify(account.password, normalised))
    if (account.password === undefined) await hasher.verifyNothing(normalised)
    if (!isOwn && faults.length > 0) return { kind: 'faults', faults }
    return { kind: 'chosen', hash: await passwords.hash(password) }
  }
