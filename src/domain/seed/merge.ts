import type { AccessModel, Resource, Role } from '../access/model.ts'
import type { ResourceInput, RoleInput, Seed } from './schema.ts'

/**
 * The access model after a seed: what it names wins, what it omits stays.
 *
 * @param newRoleId makes a random id, never used before
 */
export const mergedModel = (
  model: AccessModel,
  seed: Pick<Seed, 'resources' | 'roles'>,
  newRoleId: () => string,
): AccessModel => ({
  resources: mergedResources(model.resources, seed.resources),
  roles: mergedRoles(model.roles, seed.roles, newRoleId),
})

const mergedResources = (present: readonly Resource[], inputs: readonly ResourceInput[]): Resource[] => {
  const resources = new Map(present.map((resource) => [resource.identifier, resource]))
  for (const input of inputs) {
    const { identifier } = input
    resources.set(identifier, resourceAfter(input, resources.get(identifier) ?? newResource(identifier)))
  }
  return [...resources.values()]
}

const newResource = (identifier: string): Resource => ({
  identifier,
  name: identifier,
  permissions: [],
  accessTokenFormat: 'jwt',
  types: [],
})

const resourceAfter = (input: ResourceInput, present: Resource): Resource => ({
  identifier: present.identifier,
  name: input.name ?? present.name,
  permissions: input.permissions ?? present.permissions,
  accessTokenFormat: input.access_token_format ?? present.accessTokenFormat,
  types: input.types ?? present.types,
})

const mergedRoles = (
  present: readonly Role[],
  inputs: readonly RoleInput[],
  newRoleId: () => string,
): Role[] => {
  const known = new Set(present.map(({ name }) => name))
  const added = inputs.filter(({ name }) => !known.has(name)).map(({ name }) => newRole(newRoleId(), name))
  const roles = [...present, ...added]
  const inputOf = new Map(inputs.map((input) => [input.name, input]))
  return roles.map((role) => {
    const input = inputOf.get(role.name)
    return input ? roleAfter(input, role, (names) => roleIds(roles, names)) : role
  })
}

const newRole = (id: string, name: string): Role => ({
  id,
  name,
  permissions: {},
  includes: [],
  default: false,
})

const roleAfter = (input: RoleInput, present: Role, idsOf: (names: readonly string[]) => string[]): Role => ({
  id: present.id,
  name: present.name,
  permissions: input.permissions ?? present.permissions,
  includes: input.includes ? idsOf(input.includes) : present.includes,
  default: input.default ?? present.default,
})

/** Ids of the roles with these names; a name without a role has none. */
export const roleIds = (roles: readonly Role[], names: readonly string[]): string[] =>
  roles.filter(({ name }) => names.includes(name)).map(({ id }) => id)
