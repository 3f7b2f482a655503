import type { Access } from '../access/access.ts'
import { type Actor, actorName, mayHandOnRole } from '../access/actor.ts'
import { assignmentJson, narrowing } from '../access/assignment-json.ts'
import type { Accounts } from '../accounts.ts'
import { type Fault, within } from '../clients/faults.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { PasswordFaults } from '../password-faults.ts'
import type { Account, Assignment, Audit } from '../ports.ts'
import { type AccountRules, readAccounts } from '../seed/account-entries.ts'
import { assignmentsOf } from '../seed/assignment-entries.ts'
import type { AccountInput, SeedAccount } from '../seed/schema.ts'

export interface AccountMakingParts {
  access: Pick<Access, 'model' | 'directory' | 'builtIns' | 'admins' | 'defaultRoles'>
  accounts: Pick<Accounts, 'create' | 'find'>
  clients: Pick<ClientRegistry, 'registered'>
  rules: Omit<AccountRules, 'passwordFaults' | 'development'>
  passwordFaults: PasswordFaults
  audit: Audit
}

/** An account as it may be made, with what its roles mean. */
export interface SoundAccount {
  input: SeedAccount
  /** Undefined: none are named. */
  assignments: Assignment[] | undefined
}

export type Examined =
  | { kind: 'sound'; account: SoundAccount }
  | { kind: 'faults'; faults: Fault[] }
  /** A role reaches permissions of the administration that the actor does not have. */
  | { kind: 'beyond' }

export type Made = { kind: 'created'; account: Account } | { kind: 'taken'; member: 'sub' | 'email' }

/** Makes accounts for other people. The methods reject with the refusals `busy` and `store_unavailable`. */
export interface AccountMaking {
  /** What is wrong with it; nothing is written. */
  examine(actor: Actor, input: AccountInput): Promise<Examined>
  /** @param options.sub for an account that does not bring its own */
  make(
    actor: Actor,
    account: SoundAccount,
    options: { address: string; sub: string; isVerified: boolean },
  ): Promise<Made>
}

export const accountMaking = (parts: AccountMakingParts): AccountMaking => ({
  async examine(actor, input) {
    const { access } = parts
    const [model, directory] = await Promise.all([access.model(), access.directory()])
    const isOfClient = input.sub !== undefined && (await parts.clients.registered(input.sub)) !== undefined
    const { accounts, faults } = readAccounts([{ path: [], value: input }], rulesOf(parts), {
      roleNames: new Set(model.roles.map(({ name }) => name)),
      isType: (type) => directory.declaring(type) !== undefined,
      clientIds: new Set(isOfClient ? [input.sub ?? ''] : []),
    })
    const all = [...faults, ...(await subFaults(input, parts)), ...(await passwordFaultsOf(input, parts))]
    const [account] = accounts
    if (all.length > 0 || !account) return { kind: 'faults', faults: all }
    const assignments = input.roles && assignmentsOf(input.roles, model.roles)
    const mayAll = (assignments ?? []).every(({ roleId }) =>
      mayHandOnRole(actor, roleId, directory, access.builtIns['@admin']),
    )
    if (mayAll) return { kind: 'sound', account: { input: account, assignments } }
    auditAssignments(parts.audit, actor, { input: account, result: 'beyond' })
    return { kind: 'beyond' }
  },

  async make(actor, { input, assignments }, { address, sub: newSub, isVerified }) {
    const { access, accounts, audit } = parts
    const sub = input.sub ?? newSub
    const created = await accounts.create({
      sub,
      email: input.email,
      emailKey: input.emailKey,
      password: input.password,
      passwordHash: input.password_hash,
      name: input.name,
      locale: input.locale,
      emailVerified: isVerified,
      roleIds: assignments ? [] : await access.defaultRoles(),
      assignments,
    })
    if (created.kind === 'taken')
      return { kind: 'taken', member: (await accounts.find(sub)) ? 'sub' : 'email' }
    audit({ type: 'account.created', actor: actorName(actor), sub, address })
    auditAssignments(audit, actor, { input, sub, result: 'done' })
    return created
  },
})

const rulesOf = ({ rules }: AccountMakingParts): AccountRules => ({
  ...rules,
  development: false,
  // They may have to ask elsewhere, and come after this.
  passwordFaults: () => [],
})

/** Somebody who is gone, or about to be made, may still be named as a holder of `admin`. */
const subFaults = async (
  { sub }: AccountInput,
  { access, accounts }: AccountMakingParts,
): Promise<Fault[]> =>
  sub !== undefined && (await access.admins()).includes(sub) && !(await accounts.find(sub))
    ? [{ path: ['sub'], wanted: 'wanted another one; this one is reserved' }]
    : []

const passwordFaultsOf = async (
  { password, email, name }: AccountInput,
  { passwordFaults }: AccountMakingParts,
): Promise<Fault[]> => {
  if (password === undefined) return []
  const faults = await passwordFaults(password, { email, name })
  return within(
    ['password'],
    faults.map(({ code }) => ({
      path: [],
      wanted: `wanted a password that the policy accepts; this one is refused (${code})`,
    })),
  )
}

const auditAssignments = (
  audit: Audit,
  actor: Actor,
  { input, sub, result }: { input: SeedAccount; sub?: string; result: 'done' | 'beyond' },
): void => {
  for (const role of input.roles ?? [])
    audit({
      type: 'assignment.added',
      actor: actorName(actor),
      ...(sub === undefined ? {} : { sub }),
      detail: { assignment: assignmentJson(role.role, { roleId: '', ...narrowing(role) }), result },
    })
}
