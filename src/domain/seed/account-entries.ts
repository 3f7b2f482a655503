import { ADMIN_ROLE } from '../access/model.ts'
import { type Fault, within } from '../clients/faults.ts'
import { isBuiltIn } from '../first-party.ts'
import { type AssignmentSurroundings, assignmentFaults } from './assignment-entries.ts'
import { type Entry, repetitions } from './entries.ts'
import type { AccountInput, SeedAccount } from './schema.ts'

/** The rules for accounts that are made elsewhere. */
export interface AccountRules {
  development: boolean
  parseEmail: (text: string) => { email: string; key: string } | undefined
  /** Codes of what is wrong with a new password. */
  passwordFaults: (
    password: string,
    about: { email: string; name: string | undefined },
  ) => readonly { code: string }[]
  /** What is wanted in place of a password hash; undefined for a good one. */
  hashFault: (hash: string) => string | undefined
}

export interface AccountSurroundings extends AssignmentSurroundings {
  clientIds: ReadonlySet<string>
}

/** Reads the addresses of accounts, and tells what is wrong with each and with all together. */
export const readAccounts = (
  entries: readonly Entry<AccountInput>[],
  rules: AccountRules,
  surroundings: AccountSurroundings,
): { accounts: SeedAccount[]; faults: Fault[]; warnings: Fault[] } => {
  const read = entries.flatMap(({ path, value }): Entry<SeedAccount>[] => {
    const address = rules.parseEmail(value.email)
    return address ? [{ path, value: { ...value, email: address.email, emailKey: address.key } }] : []
  })
  const refusedPasswords = entries.flatMap(({ path, value }) => within(path, passwordFaults(value, rules)))
  const faults = [
    ...entries.flatMap(({ path, value }) => [
      ...within(path, emailFaults(value, rules)),
      ...within(path, subFaults(value, surroundings)),
      ...within(path, hashFaults(value, rules)),
      ...within(path, roleFaults(value, surroundings)),
    ]),
    ...repetitions(read, 'email', ({ emailKey }) => emailKey),
    ...repetitions(entries, 'sub', ({ sub }) => sub),
  ]
  return {
    accounts: read.map(({ value }) => value),
    faults: rules.development ? faults : [...faults, ...refusedPasswords],
    warnings: rules.development ? refusedPasswords : [],
  }
}

const emailFaults = ({ email }: AccountInput, { parseEmail }: AccountRules): Fault[] =>
  parseEmail(email) ? [] : [{ path: ['email'], wanted: 'wanted one plain e-mail address' }]

/** N-17: the subject of a token must not be mistaken for a client, nor the other way about. */
const subFaults = ({ sub }: AccountInput, { clientIds }: AccountSurroundings): Fault[] =>
  sub !== undefined && (clientIds.has(sub) || isBuiltIn(sub))
    ? [{ path: ['sub'], wanted: 'wanted another one; this is the id of a client' }]
    : []

const hashFaults = ({ password_hash: hash }: AccountInput, { hashFault }: AccountRules): Fault[] => {
  const wanted = hash === undefined ? undefined : hashFault(hash)
  return wanted === undefined ? [] : [{ path: ['password_hash'], wanted }]
}

const roleFaults = ({ roles = [] }: AccountInput, surroundings: AccountSurroundings): Fault[] => {
  const index = roles.findIndex(({ role }) => role === ADMIN_ROLE)
  if (index < 0) return assignmentFaults(roles, ['roles'], surroundings)
  const wanted =
    'wanted no admin here; the first one comes from BOOTSTRAP_ADMIN_EMAIL, or `gatehouse account create --role admin`'
  const roleNames = new Set([...surroundings.roleNames, ADMIN_ROLE])
  return [
    { path: ['roles', index], wanted },
    ...assignmentFaults(roles, ['roles'], { ...surroundings, roleNames }),
  ]
}

const passwordFaults = ({ password, email, name }: AccountInput, rules: AccountRules): Fault[] =>
  password === undefined
    ? []
    : rules.passwordFaults(password, { email, name }).map(({ code }) => ({
        path: ['password'],
        wanted: `wanted a password that the policy accepts; this one is refused (${code})`,
      }))
