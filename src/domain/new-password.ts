import type { PasswordFaults } from './password-faults.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { Hasher } from './ports.ts'

/** The one way for a password to become an account's. */
export interface NewPassword {
  /** What is wrong with it. */
  faults: PasswordFaults
  /**
   * @param password without faults
   * @returns PHC string; rejects with the refusal `busy`
   */
  hash(password: string): Promise<string>
}

export const newPassword = (parts: {
  faults: PasswordFaults
  policy: Pick<PasswordPolicy, 'normalise'>
  hasher: Pick<Hasher, 'hash'>
}): NewPassword => ({
  faults: parts.faults,
  hash: (password) => parts.hasher.hash(parts.policy.normalise(password)),
})
