import { type Actor, actorName } from '../access/actor.ts'
import { isSame } from '../access/assignment.ts'
import { assignmentJson } from '../access/assignment-json.ts'
import type { ChangeAccount } from '../account-change.ts'
import type { Accounts } from '../accounts.ts'
import { type Fault, parsePart } from '../clients/faults.ts'
import type { Account, Assignment, Audit } from '../ports.ts'
import { AccountInput } from '../seed/schema.ts'
import type { InTurn } from '../turns.ts'
import type { AccountMaking, SoundAccount } from './account-making.ts'
import type { ImportedSubs } from './imported-sub.ts'

export interface AccountImportParts {
  making: AccountMaking
  accounts: Pick<Accounts, 'find' | 'findByEmail'>
  change: ChangeAccount
  imported: ImportedSubs
  /** Passwords in clear are hashed one at a time, so that people who sign in find room. */
  inTurn: InTurn
  audit: Audit
}

/** What became of one entry. */
export type Imported =
  /** `sub` is not known yet where nothing is written. */
  | { kind: 'created'; sub: string | undefined }
  | { kind: 'updated' | 'unchanged'; sub: string }
  | { kind: 'refused'; reason: ImportRefusal; faults: Fault[] }

export type ImportRefusal =
  | 'invalid_fields'
  | 'email_taken'
  /** Its roles are for who has `roles:write`. */
  | 'insufficient_scope'
  | 'beyond_own_permissions'

export interface ImportOptions {
  actor: Actor
  /** Network address of who asks. */
  address: string
  /** Nothing is written. */
  dryRun: boolean
}

/**
 * Takes over one account of another system, in the form of `SEED_FILE`. The same again changes nothing: an account that
 * is there gets the roles, name and language that it lacks, and keeps what it has; its password is its owner's.
 *
 * The function rejects with the refusals `busy` and `store_unavailable`.
 */
export type ImportAccount = (input: unknown, options: ImportOptions) => Promise<Imported>

const refused = (reason: ImportRefusal, ...faults: Fault[]): Imported => ({ kind: 'refused', reason, faults })

export const importAccount =
  (parts: AccountImportParts): ImportAccount =>
  async (input, options) => {
    const parsed = parsePart(AccountInput, input)
    if (parsed.kind === 'faults') return refused('invalid_fields', ...parsed.faults)
    const { value } = parsed
    const { actor } = options
    if (value.roles && value.roles.length > 0 && !actor.permissions.has('roles:write'))
      return refused('insufficient_scope', { path: ['roles'], wanted: 'wanted none without roles:write' })
    const examined = await parts.making.examine(actor, value)
    if (examined.kind === 'faults') return refused('invalid_fields', ...examined.faults)
    if (examined.kind === 'beyond') return refused('beyond_own_permissions')
    const { input: account, assignments = [] } = examined.account
    const place = () => placed(parts, { input: account, assignments }, options)
    return value.password === undefined ? place() : parts.inTurn(place)
  }

type Wanted = SoundAccount & { assignments: Assignment[] }

const placed = async (
  parts: AccountImportParts,
  wanted: Wanted,
  { actor, address, dryRun }: ImportOptions,
): Promise<Imported> => {
  const before = await find(wanted, parts)
  if (before) return updated(parts, before, wanted, { actor, address, dryRun })
  const { input } = wanted
  if (dryRun) return { kind: 'created', sub: input.sub }
  const made = await parts.making.make(actor, wanted, {
    address,
    sub: parts.imported.make(input.emailKey),
    isVerified: input.email_verified ?? false,
  })
  if (made.kind === 'created') return { kind: 'created', sub: made.account.sub }
  // Another entry, or somebody else, was faster.
  const found = await find(wanted, parts)
  return found ? updated(parts, found, wanted, { actor, address, dryRun }) : refused('email_taken')
}

const find = async (
  { input: { sub, email } }: Wanted,
  { accounts }: AccountImportParts,
): Promise<Account | undefined> =>
  (sub === undefined ? undefined : await accounts.find(sub)) ?? accounts.findByEmail(email)

/** Why the account that is there cannot be the one that is meant. */
const mistaken = (found: Account, { input }: Wanted, { imported }: AccountImportParts): Fault[] => {
  if (input.sub !== undefined && input.sub !== found.sub)
    return [{ path: ['sub'], wanted: 'wanted the sub of the account that has this address' }]
  if (found.emailKey !== input.emailKey)
    return [{ path: ['email'], wanted: 'wanted the address of the account that has this sub' }]
  // A sub is chosen by who administers only, a verified address proved.
  if (found.emailVerified || found.sub === input.sub || imported.isImported(found)) return []
  const reason = 'this one has an unverified account, and whoever registered it may not own it'
  return [{ path: ['email'], wanted: `wanted another address; ${reason}` }]
}

const updated = async (
  { change, audit, ...parts }: AccountImportParts,
  found: Account,
  wanted: Wanted,
  { actor, address, dryRun }: ImportOptions,
): Promise<Imported> => {
  const { sub } = found
  const faults = mistaken(found, wanted, { change, audit, ...parts })
  if (faults.length > 0) return refused('invalid_fields', ...faults)
  if (!lacking(found, wanted)) return { kind: 'unchanged', sub }
  if (dryRun) return { kind: 'updated', sub }
  const seen: { added: number } = { added: 0 }
  const outcome = await change(sub, (account) => {
    const members = lacking(account, wanted)
    seen.added = (members?.roles?.length ?? account.roles.length) - account.roles.length
    return members
  })
  if (outcome.kind !== 'changed') return { kind: 'unchanged', sub }
  const by = { actor: actorName(actor), sub, address }
  const roles = outcome.account.roles.slice(outcome.account.roles.length - seen.added)
  for (const role of roles) {
    const named = wanted.input.roles?.[wanted.assignments.findIndex((each) => isSame(each, role))]
    audit({
      type: 'assignment.added',
      ...by,
      detail: { assignment: assignmentJson(named?.role ?? role.roleId, role), result: 'done' },
    })
  }
  if (roles.length === 0) audit({ type: 'account.profile_changed', ...by, detail: {} })
  return { kind: 'updated', sub }
}

/** What the account has not, in the order of the entry; undefined if it has it all. */
const lacking = (
  { roles, name, locale }: Account,
  { input, assignments }: Wanted,
): Partial<Account> | undefined => {
  const more = assignments.filter((wanted) => !roles.some((role) => isSame(role, wanted)))
  const members = {
    ...(more.length > 0 ? { roles: [...roles, ...more] } : {}),
    ...(name === undefined && input.name !== undefined ? { name: input.name } : {}),
    ...(locale === undefined && input.locale !== undefined ? { locale: input.locale } : {}),
  }
  return Object.keys(members).length > 0 ? members : undefined
}
