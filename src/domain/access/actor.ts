import type { Directory } from './directory.ts'

/** Who changes something, and the permissions of `@admin` that it has now. */
export interface Actor {
  kind: 'user' | 'client' | 'operator'
  /** Sub or client id; of an operator at the command line `cli`. */
  id: string
  permissions: ReadonlySet<string>
}

/** How the audit names it. */
export const actorName = ({ kind, id }: Pick<Actor, 'kind' | 'id'>): string =>
  kind === 'operator' ? id : `${kind}:${id}`

/**
 * Whether nothing is handed on that the actor does not have: permissions of `@admin` only by who has them all.
 *
 * @param permissions resource identifier -> permissions that are handed on
 */
export const mayHandOn = (
  { permissions: held }: Actor,
  permissions: ReadonlyMap<string, ReadonlySet<string>>,
  adminApi: string,
): boolean => [...(permissions.get(adminApi) ?? [])].every((permission) => held.has(permission))

/** The same for a role, with everything that it includes. */
export const mayHandOnRole = (
  actor: Actor,
  roleId: string,
  directory: Directory,
  adminApi: string,
): boolean => mayHandOn(actor, directory.effective(roleId)?.permissions ?? new Map(), adminApi)
