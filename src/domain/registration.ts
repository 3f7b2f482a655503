import type { Accounts } from './accounts.ts'
import { parseEmail } from './email.ts'
import type { Limits } from './limits.ts'
import type { PasswordFault, PasswordPolicy } from './password-policy.ts'
import type { Account, Audit } from './ports.ts'

export interface RegistrationParts {
  /** `verified` (register by proving an address) answers `closed` as long as there is no mail to prove it with. */
  mode: 'open' | 'verified' | 'closed'
  accounts: Pick<Accounts, 'create'>
  policy: Pick<PasswordPolicy, 'normalise' | 'faults'>
  limits: Pick<Limits, 'registration'>
  /** Ids of the roles that every new account gets. */
  defaultRoles: () => Promise<readonly string[]> | readonly string[]
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
  const { accounts, policy, limits, audit } = parts
  return async ({ email: typed, password, name: typedName, locale, address }) => {
    if (parts.mode !== 'open') return { kind: 'closed' }
    const limit = await limits.registration(address)
    if (limit.kind === 'limited') {
      if (limit.isFirst) audit({ type: 'registration.limited', address })
      return { kind: 'limited', retryAfter: limit.retryAfter }
    }
    const email = parseEmail(typed)
    const name = typedName?.normalize('NFC').trim() || undefined
    const faults = [...nameFaults(name), ...policy.faults(password, { email: typed, name })]
    if (!email) return { kind: 'faults', faults: [{ field: 'email', code: 'email_malformed' }, ...faults] }
    if (faults.length > 0) return { kind: 'faults', faults }
    const created = await accounts.create({
      email: email.email,
      emailKey: email.key,
      password: policy.normalise(password),
      name,
      locale,
      emailVerified: false,
      roleIds: await parts.defaultRoles(),
    })
    if (created.kind === 'taken') return { kind: 'faults', faults: [{ field: 'email', code: 'email_taken' }] }
    const { sub } = created.account
    audit({ type: 'account.registered', sub, address })
    return { kind: 'ok', account: { sub } }
  }
}

const nameFaults = (name: string | undefined): RegistrationFault[] => {
  if (name === undefined) return []
  if ([...name].length > LONGEST_NAME) return [{ field: 'name', code: 'name_too_long' }]
  return NAME.test(name) && /[\p{L}\p{N}]/u.test(name) ? [] : [{ field: 'name', code: 'name_malformed' }]
}
