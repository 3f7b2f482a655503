import { dateLocale } from '../../domain/date-locale.ts'
import type { Letter, LetterKind } from '../../domain/mail.ts'
import { alreadyRegistered, confirmNewAddress, invitation, register, reset, verify } from './link-letters.ts'
import {
  accountDeleted,
  addressChanged,
  credentialChanged,
  deletionRequested,
  newDevice,
  secondFactorFailed,
} from './notice-letters.ts'
import type { Content, Tell, Words } from './telling.ts'

const tellings: { [Kind in LetterKind]: Tell<Kind> } = {
  verify,
  register,
  already_registered: alreadyRegistered,
  reset,
  invitation,
  new_device: newDevice,
  credential_changed: credentialChanged,
  second_factor_failed: secondFactorFailed,
  confirm_new_address: confirmNewAddress,
  address_changed: addressChanged,
  deletion_requested: deletionRequested,
  account_deleted: accountDeleted,
}

/** @param host of the issuer, with its port */
export const contentOf = <Kind extends LetterKind>(
  letter: Extract<Letter, { kind: Kind }> & { kind: Kind },
  { locale, t }: Words,
  host: string,
): Content => {
  // Whose time zone is unknown, so it is said.
  const format = new Intl.DateTimeFormat(dateLocale(locale), {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  const tell: Tell<Kind> = tellings[letter.kind]
  return tell(letter, { t, host, when: (at) => `${format.format(at)} UTC` })
}
