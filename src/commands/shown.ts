import type { Foundation } from '../build.ts'
import { type AssignmentJson, assignmentJson } from '../domain/access/assignment-json.ts'
import { ADMIN_ROLE, type Resource } from '../domain/access/model.ts'
import type { RegisteredClient } from '../domain/clients/replacing.ts'
import type { Account, Assignment } from '../domain/ports.ts'

const time = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

/** Names of the roles and who holds `admin`, to show what somebody has. */
export interface RoleNames {
  nameOf: ReadonlyMap<string, string>
  admins: ReadonlySet<string>
}

export const roleNames = async ({ access }: Pick<Foundation, 'access'>): Promise<RoleNames> => {
  const [{ roles }, admins] = await Promise.all([access.model(), access.admins()])
  return { nameOf: new Map(roles.map(({ id, name }) => [id, name])), admins: new Set(admins) }
}

/** An assignment whose role is gone grants nothing and is not shown. */
export const shownAssignments = (
  assignments: readonly Assignment[],
  { nameOf }: RoleNames,
): AssignmentJson[] =>
  assignments.flatMap((assignment) => {
    const role = nameOf.get(assignment.roleId)
    return role === undefined ? [] : [assignmentJson(role, assignment)]
  })

/** An account for programs; nothing of it is secret. */
export const shownAccount = (account: Account, names: RoleNames) => ({
  sub: account.sub,
  email: account.email,
  email_verified: account.emailVerified,
  name: account.name ?? null,
  locale: account.locale ?? null,
  disabled: account.disabled,
  roles: [
    ...(names.admins.has(account.sub) ? [{ role: ADMIN_ROLE }] : []),
    ...shownAssignments(account.roles, names),
  ],
  has_password: account.password !== undefined,
  second_factors: [
    ...(account.factors.totp ? ['totp'] : []),
    ...(account.factors.passkeys.length > 0 ? ['passkey'] : []),
    ...(account.factors.recoveryCodes ? ['recovery_code'] : []),
  ],
  deletion_due: time(account.deletion?.due),
  created_at: time(account.createdAt),
  updated_at: time(account.updatedAt),
})
export type ShownAccount = ReturnType<typeof shownAccount>

/** A client for programs: its metadata (RFC 7591) and what only we know, never a secret. */
export const shownClient = (
  { client, disabled, assignments, demo, formerSecretUntil }: RegisteredClient,
  names: RoleNames,
) => ({
  ...client,
  disabled,
  demo,
  roles: shownAssignments(assignments, names),
  former_secret_until: time(formerSecretUntil),
})

/** An API as `SEED_FILE` names it. */
export const shownResource = ({ accessTokenFormat, identifier, name, permissions, types }: Resource) => ({
  identifier,
  name,
  permissions,
  access_token_format: accessTokenFormat,
  types,
})

/** `reader on record/record-1 until 2027-01-01T00:00:00.000Z, on a condition` */
export const assignmentText = ({ role, on, until, when }: AssignmentJson): string =>
  [
    role,
    ...(on ? [`on ${on.type}/${on.id}`] : []),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(when ? ['on a condition'] : []),
  ].join(' ')
