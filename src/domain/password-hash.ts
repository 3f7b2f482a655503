import type { Hasher } from './ports.ts'

const wanted = {
  malformed:
    'wanted a hash that can be verified here: argon2 as a PHC string, bcrypt, PBKDF2 with SHA-256 or SHA-512, or scrypt',
  too_costly: 'wanted a hash that takes less time or memory to verify',
} satisfies Record<NonNullable<ReturnType<Hasher['fault']>>, string>

/**
 * What is wanted in place of a hash from another system, for the operator; undefined for one that can be verified. The
 * hash itself is not told.
 */
export const passwordHashFault = ({ fault }: Pick<Hasher, 'fault'>, hash: string): string | undefined => {
  const found = fault(hash)
  return found && `${wanted[found]}; docs/import-accounts.md shows the forms`
}
