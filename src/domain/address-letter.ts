import type { Email } from './email.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { AccountStore } from './ports.ts'
import type { Proofs } from './proofs.ts'

export interface AddressLetterParts {
  store: { accounts: Pick<AccountStore, 'present' | 'findByEmailKey'> }
  proofs: Proofs
  links: Pick<Links, 'newAddress' | 'recover'>
  sendMail: SendMail
}

const LIFETIME_HOURS = 24

/**
 * Writes to an address that somebody wants for their account: to confirm it, or, if another account has it, to tell
 * its owner. A disabled account neither gets nor causes a letter.
 */
export const sendAddressLetter = async (
  { store, proofs, links, sendMail }: AddressLetterParts,
  { sub, next, locale }: { sub: string; next: Email; locale: string | undefined },
): Promise<void> => {
  const [account, other] = await Promise.all([
    store.accounts.present(sub),
    store.accounts.findByEmailKey(next.key),
  ])
  if (!account || account.disabled) return
  if (other && other.sub !== sub) {
    if (other.disabled) return
    const letter = { kind: 'already_registered', recoverLink: links.recover() } as const
    return sendMail({ to: other.email, locale: other.locale, letter })
  }
  const { emailKey: from, validAfter } = account
  const payload = { sub, from, validAfter, email: next.email, emailKey: next.key }
  const token = await proofs.issue('AddressChange', payload, LIFETIME_HOURS * 3_600_000)
  sendMail({
    to: next.email,
    locale: account.locale ?? locale,
    letter: { kind: 'confirm_new_address', link: links.newAddress(token), hours: LIFETIME_HOURS },
  })
}
