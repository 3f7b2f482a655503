import type { Account, Assignment } from '../ports.ts'
import { isGeneral } from './assignment.ts'
import type { Directory, EffectiveRole } from './directory.ts'
import type { PermissionMap } from './model.ts'

/** What a client is registered with. */
export interface ClientRights {
  grantTypes: readonly string[]
  permissions: PermissionMap
  ownPermissions: PermissionMap
  /** Its roles; beside its permissions they count for what it does itself. */
  assignments: readonly Assignment[]
}

export interface PersonRights {
  /** Of the account; one with an unknown role grants nothing. */
  assignments: readonly Assignment[]
  isAdmin: boolean
  /** Milliseconds: the moment of the question. */
  now: number
}

/** What an account gives its owner: nothing where there is none, or it is disabled (C-25). */
export const rightsOfAccount = (
  account: Pick<Account, 'roles' | 'disabled'> | undefined,
  { isAdmin }: { isAdmin: boolean },
): Omit<PersonRights, 'now'> =>
  !account || account.disabled ? { assignments: [], isAdmin: false } : { assignments: account.roles, isAdmin }

/** One reason why a scope may be missing from a token. */
export type Bound =
  | { by: 'request'; scopes: readonly string[] }
  /** What the client may ask of a person. */
  | { by: 'client'; client: ClientRights; now: number }
  /** What the client has for itself (client credentials). */
  | { by: 'client itself'; client: ClientRights; now: number }
  | { by: 'person'; person: PersonRights }

/**
 * Decides what a token for an API may hold: the permissions that the API has, within every bound. The only place that
 * does, at issue, at refresh and at introspection alike.
 *
 * @param identifier of the API; an unknown one allows nothing
 */
export const permitted = (
  directory: Directory,
  identifier: string,
  ...bounds: readonly [Bound, ...Bound[]]
): string[] => {
  const sets = bounds.map((bound) => allowedBy(bound, directory, identifier))
  const all = directory.find(identifier)?.permissions ?? []
  return all.filter((scope) => sets.every((set) => set.has(scope)))
}

/**
 * Names of the roles, given or included, through which a person has a permission of the API (RFC 9068 §2.2.3.1).
 *
 * @param identifier of the API; `@api` and no API at all see every role
 */
export const roleNames = (directory: Directory, person: PersonRights, identifier?: string): string[] => {
  const seesAll = identifier === undefined || identifier === directory.api
  const roles = rolesOf(directory, person).filter((role) => seesAll || counts(role, directory, identifier))
  return [...new Set(roles.map(({ name }) => name))].toSorted()
}

const allowedBy = (bound: Bound, directory: Directory, identifier: string): ReadonlySet<string> => {
  switch (bound.by) {
    case 'request':
      return new Set(bound.scopes)
    case 'client':
      return isMachine(bound.client) ? nothing : within(bound.client.permissions, directory, identifier)
    case 'client itself':
      return ofItself(bound.client, bound.now, directory, identifier)
    case 'person':
      return new Set(
        rolesOf(directory, bound.person).flatMap((role) => [...(role.permissions.get(identifier) ?? [])]),
      )
  }
}

const nothing: ReadonlySet<string> = new Set()

const CLIENT_CREDENTIALS = 'client_credentials'

/** Without any other grant type there is nobody else whom it could act for. */
const isMachine = ({ grantTypes }: ClientRights): boolean =>
  grantTypes.every((grantType) => grantType === CLIENT_CREDENTIALS)

/** Only who can sign in by itself, without a person, has anything for itself. */
const ofItself = (
  client: ClientRights,
  now: number,
  directory: Directory,
  identifier: string,
): ReadonlySet<string> => {
  if (!client.grantTypes.includes(CLIENT_CREDENTIALS) || identifier === directory.api) return nothing
  const roles = general(client.assignments, now).flatMap(({ roleId }) => directory.reach(roleId))
  return new Set([
    ...within(rightsOfItsOwn(client), directory, identifier),
    ...roles.flatMap((role) => [...(role.permissions.get(identifier) ?? [])]),
  ])
}

const general = (assignments: readonly Assignment[], now: number): Assignment[] =>
  assignments.filter((assignment) => isGeneral(assignment, now))

export const rightsOfItsOwn = (client: ClientRights): PermissionMap => {
  if (!client.grantTypes.includes(CLIENT_CREDENTIALS)) return {}
  return isMachine(client) ? client.permissions : client.ownPermissions
}

/** No registered client gets a token for `@api`, whatever it is registered with. */
const within = (rights: PermissionMap, directory: Directory, identifier: string): ReadonlySet<string> => {
  if (identifier === directory.api) return nothing
  const named = Object.entries(rights).filter(([name]) => directory.resolve(name) === identifier)
  return new Set(named.flatMap(([, scopes]) => scopes))
}

const rolesOf = (directory: Directory, { assignments, isAdmin, now }: PersonRights): EffectiveRole[] => [
  ...(isAdmin ? [directory.admin] : []),
  ...general(assignments, now).flatMap(({ roleId }) => directory.reach(roleId)),
]

const counts = (role: EffectiveRole, directory: Directory, identifier: string): boolean => {
  const held = role.permissions.get(identifier)
  const there = directory.find(identifier)?.permissions ?? []
  return held !== undefined && there.some((scope) => held.has(scope))
}
