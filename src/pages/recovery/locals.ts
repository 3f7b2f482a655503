import type { Notice } from '../notice.ts'

/** A page that was opened by the link of a letter; the token moves from the address into its form. */
interface TokenForm {
  notice: Notice | undefined
  csrf: string
  token: string
}

/** What the pages of a forgotten password and a proof of an address need. */
export interface RecoveryLocals {
  recover: { notice: Notice | undefined; email: string; faults: { email?: string }; csrf: string }
  /** `email`: what was typed just now, in this browser. */
  'letter-sent': { about: 'recover' | 'register'; email: string | undefined }
  reset: TokenForm & { email: string; faults: { password?: string }; minLength: number }
  verify: TokenForm & {
    email: string
    /** Nobody is signed in here who could vouch for the account. */
    asksPassword: boolean
    faults: { password?: string }
  }
  'confirm-registration': TokenForm & { email: string; faults: { password?: string } }
  'confirm-address': TokenForm & {
    from: string
    to: string
    asksPassword: boolean
    faults: { password?: string }
  }
  'proof-done': { about: 'reset' | 'verify' | 'address' }
  /** Used, expired, unknown, for nothing any more: the page is the same. */
  'proof-over': { about: 'reset' | 'verify' | 'register' | 'address' }
}
