import type { PasswordFault, PasswordOwner, PasswordPolicy } from './password-policy.ts'

/** Tells whether a password, normalised, is known to be stolen; false where that cannot be found out. */
export type IsBreached = (password: string) => Promise<boolean>

/** The first fault of a new password, or none. */
export type PasswordFaults = (password: string, about: PasswordOwner) => Promise<PasswordFault[]>

/**
 * Everything that a new password must pass, wherever a person chooses one: the policy of this server, then the list of
 * stolen passwords (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.12), which is asked only for what is good otherwise.
 */
export const passwordFaults =
  ({
    policy,
    isBreached,
  }: {
    policy: Pick<PasswordPolicy, 'normalise' | 'faults'>
    isBreached: IsBreached
  }): PasswordFaults =>
  async (password, about) => {
    const faults = policy.faults(password, about)
    if (faults.length > 0) return faults
    return (await isBreached(policy.normalise(password))) ? [{ field: 'password', code: 'breached' }] : []
  }
