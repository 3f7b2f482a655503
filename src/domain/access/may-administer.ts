import type { RegisteredClient } from '../clients/replacing.ts'
import type { Account, Assignment } from '../ports.ts'
import type { Access, Subject } from './access.ts'
import type { Actor } from './actor.ts'
import type { Directory } from './directory.ts'
import type { PermissionMap } from './model.ts'

export interface MayAdministerParts {
  access: Pick<Access, 'directory' | 'admins' | 'builtIns'>
  accounts: { find(sub: string): Promise<Pick<Account, 'roles'> | undefined> }
  clients: {
    registered(
      clientId: string,
    ): Promise<(Pick<RegisteredClient, 'assignments'> & { client: OwnPermissions }) | undefined>
  }
}

export interface OwnPermissions {
  permissions: PermissionMap
  own_permissions: PermissionMap
}

/**
 * Whether the actor may do to an account or a client what would let it act in its place, or stop it: only who has every
 * permission of `@admin` that this one has. What is disabled, narrowed or conditional counts in full, for it may become
 * good again; so does what a client may ask of people.
 *
 * The function rejects with the refusal `store_unavailable`.
 */
export type MayAdminister = (actor: Actor, subject: Subject) => Promise<boolean>

export const mayAdminister = ({ access, accounts, clients }: MayAdministerParts): MayAdminister => {
  const ofAccount = async (sub: string, directory: Directory): Promise<string[]> => {
    const [account, admins] = await Promise.all([accounts.find(sub), access.admins()])
    const api = access.builtIns['@admin']
    return [
      ...(admins.includes(sub) ? (directory.admin.permissions.get(api) ?? []) : []),
      ...byRoles(account?.roles ?? [], directory, api),
    ]
  }

  const ofClient = async (clientId: string, directory: Directory): Promise<string[]> => {
    const found = await clients.registered(clientId)
    if (!found) return []
    return [
      ...adminPermissionsOf(found.client, directory, access.builtIns['@admin']),
      ...byRoles(found.assignments, directory, access.builtIns['@admin']),
    ]
  }

  return async (actor, { kind, id }) => {
    const directory = await access.directory()
    const held = await (kind === 'user' ? ofAccount : ofClient)(id, directory)
    return held.every((permission) => actor.permissions.has(permission))
  }
}

/** The permissions of `@admin` that a client has for itself, or asks of people. */
export const adminPermissionsOf = (
  { permissions, own_permissions: own }: OwnPermissions,
  directory: Directory,
  adminApi: string,
): string[] =>
  [permissions, own].flatMap((map) =>
    Object.entries(map).flatMap(([name, scopes]) => (directory.resolve(name) === adminApi ? scopes : [])),
  )

const byRoles = (assignments: readonly Assignment[], directory: Directory, adminApi: string): string[] =>
  assignments.flatMap(({ roleId }) => [...(directory.effective(roleId)?.permissions.get(adminApi) ?? [])])
