import type { Sealer } from '../ports.ts'

export interface ImportedSubParts {
  sealer: Pick<Sealer, 'mac' | 'macs'>
  /** Random bytes of a cryptographic generator. */
  random: (size: number) => Buffer
}

/**
 * Subs of accounts that an import made. They tell that much by themselves: an unverified account of a stranger who
 * registered the address first never gets what an import means for its owner (C-15), and the same file can come again.
 */
export interface ImportedSubs {
  /** Random, never used before. */
  make(emailKey: string): string
  /** Whether an import made the account that has this sub, with this address. */
  isImported(account: { sub: string; emailKey: string }): boolean
}

const PURPOSE = 'imported-sub'
/** Bytes. */
const NONCE = 12
const NONCE_LENGTH = 16
const MAC_LENGTH = 16

export const importedSubs = ({ sealer, random }: ImportedSubParts): ImportedSubs => {
  const value = (nonce: string, emailKey: string): string => JSON.stringify([nonce, emailKey])
  return {
    make(emailKey) {
      const nonce = random(NONCE).toString('base64url')
      return nonce + sealer.mac(PURPOSE, value(nonce, emailKey)).slice(0, MAC_LENGTH)
    },
    isImported({ sub, emailKey }) {
      if (sub.length !== NONCE_LENGTH + MAC_LENGTH) return false
      const nonce = sub.slice(0, NONCE_LENGTH)
      const marks = sealer.macs(PURPOSE, value(nonce, emailKey)).map((mac) => mac.slice(0, MAC_LENGTH))
      return marks.includes(sub.slice(NONCE_LENGTH))
    },
  }
}
