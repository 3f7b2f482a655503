import type { Accounts } from './accounts.ts'
import { type Email, parseEmail } from './email.ts'
import type { Limits } from './limits.ts'
import type { NewPassword } from './new-password.ts'
import type { PasswordFault } from './password-policy.ts'
import type { PendingRegistration } from './pending-registration.ts'
import type { Account, Audit } from './ports.ts'

export interface RegistrationParts {
  /** `verified`: an account is made when its address is proven; until then every address gets the same answer. */
  mode: 'open' | 'verified' | 'closed'
  accounts: Pick<Accounts, 'create'>
  password: NewPassword
  limits: Pick<Limits, 'registration'>
  pending: Pick<PendingRegistration, 'invite'>
  /** Ids of the roles that every new account gets. */
  defaultRoles: () => Promise<readonly string[]> | readonly string[]
  /** Hears of a new account whose address is not proven. */
  registered: (account: Account) => unknown
  audit: Audit
}

export interface RegistrationInput {
  email: string
  password: string
  name: string | undefined
  /** BCP 47. */
  locale: string | undefined
  /** Network address of the client. */
  address: string
}

/** What is wrong with a field; the words are in the catalogue under `fault.<field>.<code>`. */
export type RegistrationFault =
  | { field: 'email'; code: 'email_malformed' | 'email_taken' }
  | { field: 'name'; code: 'name_malformed' | 'name_too_long' }
  | PasswordFault

export type RegistrationOutcome =
  | { kind: 'ok'; account: Pick<Account, 'sub'> }
  /** The letter that is on its way says the rest. */
  | { kind: 'sent' }
  | { kind: 'faults'; faults: readonly RegistrationFault[] }
  /** `retryAfter` in seconds. */
  | { kind: 'limited'; retryAfter: number }
  | { kind: 'closed' }

/** Characters of a name. */
const LONGEST_NAME = 100

// No marks that make a link, a tag or a mail header of a name, and no characters that turn the direction of a text.
const NAME = /^[\p{L}\p{M}\p{N}\p{Join_Control} .,'’ʼ·()-]+$/u

/**
 * Makes an account of what a person typed. Every attempt counts for the limit; the hash runs only after every check. Of
 * any number of parallel attempts with one address one is `ok`.
 *
 * The function rejects with the refusals `busy` or `store_unavailable`.
 */
export const registration = (
  parts: RegistrationParts,
): ((input: RegistrationInput) => Promise<RegistrationOutcome>) => {
  const { limits, audit } = parts
  return async ({ email: typed, password, name: typedName, locale, address }) => {
    if (parts.mode === 'closed') return { kind: 'closed' }
    const limit = await limits.registration(address)
    if (limit.kind === 'limited') {
      if (limit.isFirst) audit({ type: 'registration.limited', address })
      return { kind: 'limited', retryAfter: limit.retryAfter }
    }
    const email = parseEmail(typed)
    const name = typedName?.normalize('NFC').trim() || undefined
    const faults = [...nameFaults(name), ...(await parts.password.faults(password, { email: typed, name }))]
    if (!email) return { kind: 'faults', faults: [{ field: 'email', code: 'email_malformed' }, ...faults] }
    if (faults.length > 0) return { kind: 'faults', faults }
    const person = { email, password, name, locale, address }
    return parts.mode === 'verified' ? parts.pending.invite(person) : create(parts, person)
  }
}

interface Person extends Omit<RegistrationInput, 'email'> {
  email: Email
}

const create = async (
  { accounts, defaultRoles, registered, audit }: RegistrationParts,
  { email, password, name, locale, address }: Person,
): Promise<RegistrationOutcome> => {
  const created = await accounts.create({
    email: email.email,
    emailKey: email.key,
    password,
    name,
    locale,
    emailVerified: false,
    roleIds: await defaultRoles(),
  })
  if (created.kind === 'taken') return { kind: 'faults', faults: [{ field: 'email', code: 'email_taken' }] }
  const { account } = created
  audit({ type: 'account.registered', sub: account.sub, address })
  registered(account)
  return { kind: 'ok', account: { sub: account.sub } }
}

export const nameFaults = (name: string | undefined): RegistrationFault[] => {
  if (name === undefined) return []
  if ([...name].length > LONGEST_NAME) return [{ field: 'name', code: 'name_too_long' }]
  return NAME.test(name) && /[\p{L}\p{N}]/u.test(name) ? [] : [{ field: 'name', code: 'name_malformed' }]
}
