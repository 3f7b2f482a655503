import type { Accounts } from '../accounts.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Assignment, Audit } from '../ports.ts'
import type { Access, Subject } from './access.ts'
import { type Actor, actorName, mayHandOn, mayHandOnRole } from './actor.ts'
import type { AdminHolders } from './admins.ts'
import { isSame } from './assignment.ts'
import { type AssignmentInput, assignmentJson, narrowing } from './assignment-json.ts'
import { directory } from './directory.ts'
import { ADMIN_ROLE, type Role } from './model.ts'

export interface AssigningParts {
  access: Pick<Access, 'model' | 'builtIns'>
  accounts: Pick<Accounts, 'find' | 'assign' | 'unassign'>
  clients: Pick<ClientRegistry, 'assign' | 'unassign' | 'registered'>
  admins: AdminHolders
  audit: Audit
}

export type AssignOutcome =
  | { kind: 'done' }
  /** There is no such account or client. */
  | { kind: 'unknown_subject' }
  | { kind: 'unknown_role' }
  /** No API declares the type that it is narrowed to. */
  | { kind: 'unknown_type' }
  /** `admin` is whole or not at all, and for people only. */
  | { kind: 'not_for_admin' }
  /** The role reaches permissions of the administration that the actor does not have. */
  | { kind: 'beyond' }
  | { kind: 'last_admin' }

/** Gives roles to accounts and clients, and takes them away; each is audited. */
export interface Assigning {
  assign(actor: Actor, subject: Subject, input: AssignmentInput): Promise<AssignOutcome>
  unassign(actor: Actor, subject: Subject, input: AssignmentInput): Promise<AssignOutcome>
}

export const assigning = (parts: AssigningParts): Assigning => {
  const { access, audit } = parts

  const change = async (
    kind: 'assign' | 'unassign',
    actor: Actor,
    subject: Subject,
    input: AssignmentInput,
  ): Promise<AssignOutcome> => {
    const outcome =
      input.role === ADMIN_ROLE
        ? await changeAdmin(kind, actor, subject, input, parts)
        : await changeRole(kind, actor, subject, input, parts)
    const type = kind === 'assign' ? 'assignment.added' : 'assignment.removed'
    const { kind: result } = outcome
    const who = subject.kind === 'user' ? { sub: subject.id } : { clientId: subject.id }
    if (result === 'done' || result === 'beyond')
      audit({
        type,
        actor: actorName(actor),
        ...who,
        detail: { assignment: assignmentJson(input.role, { roleId: '', ...narrowing(input) }), result },
      })
    return outcome
  }

  return {
    assign: (actor, subject, input) => change('assign', actor, subject, input),
    unassign: (actor, subject, input) => change('unassign', actor, subject, input),
  }

  async function changeAdmin(
    kind: 'assign' | 'unassign',
    actor: Actor,
    subject: Subject,
    { on, until, when }: AssignmentInput,
    { accounts, admins }: AssigningParts,
  ): Promise<AssignOutcome> {
    if (subject.kind !== 'user' || on || until !== undefined || when) return { kind: 'not_for_admin' }
    const api = access.builtIns['@admin']
    const { admin } = directory(await access.model(), access.builtIns)
    if (!mayHandOn(actor, admin.permissions, api)) return { kind: 'beyond' }
    if (!(await accounts.find(subject.id))) return { kind: 'unknown_subject' }
    if (kind === 'unassign')
      return { kind: (await admins.withdraw(subject.id)) === 'last' ? 'last_admin' : 'done' }
    await admins.grant(subject.id)
    return { kind: 'done' }
  }
}

const changeRole = async (
  kind: 'assign' | 'unassign',
  actor: Actor,
  subject: Subject,
  input: AssignmentInput,
  { access, accounts, clients }: AssigningParts,
): Promise<AssignOutcome> => {
  const model = await access.model()
  const present = directory(model, access.builtIns)
  const role: Role | undefined = model.roles.find(({ name }) => name === input.role)
  if (!role) return { kind: 'unknown_role' }
  if (kind === 'assign' && input.on && !present.declaring(input.on.type)) return { kind: 'unknown_type' }
  if (!mayHandOnRole(actor, role.id, present, access.builtIns['@admin'])) return { kind: 'beyond' }
  const assignment: Assignment = { roleId: role.id, ...narrowing(input) }
  const store = subject.kind === 'user' ? accounts : clients
  const isThere =
    subject.kind === 'user' ? await accounts.find(subject.id) : await clients.registered(subject.id)
  if (!isThere) return { kind: 'unknown_subject' }
  if (kind === 'assign') await store.assign(subject.id, [assignment])
  else await store.unassign(subject.id, (each) => isSame(each, assignment))
  return { kind: 'done' }
}
