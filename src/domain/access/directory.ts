import {
  type AccessModel,
  ADMIN_ROLE,
  adminPermissions,
  type BuiltIns,
  fixedResources,
  openResource,
  type PermissionMap,
  type Resource,
  type Role,
} from './model.ts'

/** A role with what its inclusions bring. */
export interface EffectiveRole {
  name: string
  /** resource identifier -> scopes */
  permissions: ReadonlyMap<string, ReadonlySet<string>>
}

/** A role that another one brings, and how. */
export interface ReachedRole {
  /** Names, from the role that one has to this one. */
  path: string[]
  /** Its own permissions, without those of the roles that it includes. */
  permissions: ReadonlyMap<string, ReadonlySet<string>>
}

/** The access model, ready to decide with. */
export interface Directory {
  /** The API with this identifier, built-in or declared. */
  find(identifier: string): Resource | undefined
  /** The identifier that an alias such as `@admin` stands for; any other text as it is. */
  resolve(identifier: string): string
  /** The role and every role it includes; none for an unknown id. */
  reach(roleId: string): readonly EffectiveRole[]
  /** The role with what its inclusions bring; undefined for an unknown id. */
  effective(roleId: string): EffectiveRole | undefined
  /** The role and every role it includes, by the shortest way; for explanations. */
  paths(roleId: string): ReachedRole[]
  /** The API that declares this type of things. */
  declaring(type: string): Resource | undefined
  /** Every API, the built-in ones included. */
  all: readonly Resource[]
  /** Identifier of `@api`. */
  api: string
  admin: EffectiveRole
}

/**
 * Compiles the model, once for each of its versions.
 *
 * @param model may include roles in circles, or roles that are gone: these bring nothing
 */
export const directory = (model: AccessModel, identifiers: BuiltIns): Directory => {
  const aliases = new Map(Object.entries(identifiers))
  const resolve = (identifier: string): string => aliases.get(identifier) ?? identifier
  const resources = new Map(
    // What is declared wins over `@api` only: the other two are what they are.
    [openResource(identifiers), ...model.resources, ...fixedResources(identifiers)].map((resource) => [
      resource.identifier,
      resource,
    ]),
  )
  const roles = new Map(model.roles.map((role) => [role.id, role]))
  const effective = new Map(
    model.roles.map((role) => [role.id, effectiveRole(role.name, closure(role, roles), resolve)]),
  )
  const reach = new Map(
    model.roles.map((role) => [role.id, closure(role, roles).flatMap(({ id }) => effective.get(id) ?? [])]),
  )
  const declaring = new Map(
    [...resources.values()].flatMap((resource) => resource.types.map((type) => [type, resource] as const)),
  )
  return {
    find: (identifier) => resources.get(identifier),
    resolve,
    reach: (roleId) => reach.get(roleId) ?? [],
    effective: (roleId) => effective.get(roleId),
    paths: (roleId) => pathsFrom(roleId, roles, resolve),
    declaring: (type) => declaring.get(type),
    all: [...resources.values()],
    api: identifiers['@api'],
    admin: effectiveRole(ADMIN_ROLE, [{ permissions: { '@admin': adminPermissions } }], resolve),
  }
}

/** The role itself first. A role that is met again, as in a circle, is not followed twice. */
const closure = (role: Role, roles: ReadonlyMap<string, Role>): Role[] => {
  const met = new Set([role])
  for (const each of met)
    for (const id of each.includes) {
      const included = roles.get(id)
      if (included) met.add(included)
    }
  return [...met]
}

const pathsFrom = (
  roleId: string,
  roles: ReadonlyMap<string, Role>,
  resolve: (identifier: string) => string,
): ReachedRole[] => {
  const met = new Map<string, string[]>()
  const open: { id: string; before: string[] }[] = [{ id: roleId, before: [] }]
  for (const { id, before } of open) {
    const role = roles.get(id)
    if (!role || met.has(id)) continue
    const path = [...before, role.name]
    met.set(id, path)
    open.push(...role.includes.map((included) => ({ id: included, before: path })))
  }
  return [...met].flatMap(([id, path]) => {
    const role = roles.get(id)
    return role ? [{ path, permissions: effectiveRole(role.name, [role], resolve).permissions }] : []
  })
}

const effectiveRole = (
  name: string,
  holders: readonly { permissions: PermissionMap }[],
  resolve: (identifier: string) => string,
): EffectiveRole => {
  const permissions = new Map<string, Set<string>>()
  for (const holder of holders)
    for (const [key, scopes] of Object.entries(holder.permissions)) {
      const identifier = resolve(key)
      permissions.set(identifier, new Set([...(permissions.get(identifier) ?? []), ...scopes]))
    }
  return { name, permissions }
}
