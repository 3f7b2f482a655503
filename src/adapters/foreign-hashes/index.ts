import { bcryptHash } from './bcrypt.ts'
import { pbkdf2Hash } from './pbkdf2.ts'
import type { ForeignHash, Scheme } from './scheme.ts'
import { scryptHash } from './scrypt.ts'

const schemes: readonly Scheme[] = [bcryptHash, pbkdf2Hash, scryptHash]

/** Reads a hash of any scheme that is verified but not made here; undefined for anything else. */
export const foreignHash = (text: string): ForeignHash | undefined => {
  for (const scheme of schemes) {
    const read = scheme(text)
    if (read) return read
  }
  return undefined
}
