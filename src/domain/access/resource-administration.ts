import type { Audit } from '../ports.ts'
import type { Access } from './access.ts'
import type { Actor } from './actor.ts'
import { type Changed, type Edit, editModel, Refused, requirePresent, type User } from './edit.ts'
import type { AccessModel, Resource, Role } from './model.ts'

export interface ResourceAdministrationParts {
  access: Pick<Access, 'model' | 'change' | 'builtIns'>
  audit: Audit
}

/** How far a change may go. */
export interface EditOptions {
  actor: Actor
  /** Entity tag of the state that the caller knows; undefined: whatever it is now. */
  expected?: string | undefined
  /** Takes what is removed from the roles that name it, instead of refusing. */
  cascade?: boolean | undefined
}

/**
 * Changes the APIs. Each change is one compare-and-set on the one document with all resources and roles, so no reader
 * ever sees a role with a permission that there is not.
 */
export interface ResourceAdministration {
  list(): Promise<Resource[]>
  find(identifier: string): Promise<Resource | undefined>
  /** `taken` if there is one, or a built-in one. */
  create(resource: Resource, options: EditOptions): Promise<Changed<Resource>>
  /** Puts the resource in place of the one with its identifier. */
  replace(resource: Resource, options: EditOptions): Promise<Changed<Resource>>
  remove(identifier: string, options: EditOptions): Promise<Changed<Resource>>
}

export const resourceAdministration = (parts: ResourceAdministrationParts): ResourceAdministration => {
  const { access } = parts
  const isFixed = (identifier: string): boolean =>
    [access.builtIns['@admin'], access.builtIns['@access']].includes(identifier)

  const edit = (
    type: 'resource.created' | 'resource.changed' | 'resource.removed',
    { actor }: EditOptions,
    change: (model: AccessModel) => Edit<Resource>,
  ): Promise<Changed<Resource>> => editModel(parts, { type, actor }, change)

  return {
    list: async () => (await access.model()).resources,
    find: async (identifier) =>
      (await access.model()).resources.find((resource) => resource.identifier === identifier),
    create: (resource, options) =>
      edit('resource.created', options, (model) => {
        const isTaken = model.resources.some(({ identifier }) => identifier === resource.identifier)
        if (isTaken || isFixed(resource.identifier)) throw new Refused({ kind: 'taken' })
        requireOwnTypes(resource, model)
        return {
          before: undefined,
          after: resource,
          model: { ...model, resources: [...model.resources, resource] },
        }
      }),
    replace: (resource, options) =>
      edit('resource.changed', options, (model) => {
        const before = present(resource.identifier, model)
        requirePresent(before, options.expected)
        requireOwnTypes(resource, model)
        const resources = model.resources.map((each) => (each === before ? resource : each))
        const gone = before.permissions.filter((permission) => !resource.permissions.includes(permission))
        const roles = withoutPermissions(model.roles, resource.identifier, gone, options)
        return { before, after: resource, model: { resources, roles } }
      }),
    remove: (identifier, options) =>
      edit('resource.removed', options, (model) => {
        const before = present(identifier, model)
        requirePresent(before, options.expected)
        const roles = withoutPermissions(model.roles, identifier, before.permissions, options)
        const resources = model.resources.filter((each) => each !== before)
        return { before, after: undefined, model: { resources, roles } }
      }),
  }
}

const present = (identifier: string, { resources }: AccessModel): Resource => {
  const found = resources.find((resource) => resource.identifier === identifier)
  if (!found) throw new Refused({ kind: 'unknown' })
  return found
}

/** A question about a thing must tell which API it is about. */
const requireOwnTypes = ({ identifier, types }: Resource, { resources }: AccessModel): void => {
  const others = resources.filter((resource) => resource.identifier !== identifier)
  const faults = types.flatMap((type, index) =>
    others.some((other) => other.types.includes(type))
      ? [{ path: ['types', index], wanted: 'wanted another name; another API declares this type' }]
      : [],
  )
  if (faults.length > 0) throw new Refused({ kind: 'faults', faults })
}

const asUser = ({ id, name }: Role): User => ({ kind: 'role', id, name })

/** The roles without permissions that go; @throws Refused `in_use` unless the caller wants that. */
const withoutPermissions = (
  roles: readonly Role[],
  identifier: string,
  gone: readonly string[],
  { cascade = false }: EditOptions,
): Role[] => {
  const isUser = ({ permissions }: Role): boolean =>
    (permissions[identifier] ?? []).some((permission) => gone.includes(permission))
  const users = roles.filter(isUser)
  if (users.length > 0 && !cascade) throw new Refused({ kind: 'in_use', users: users.map(asUser) })
  return roles.map((role) => {
    if (!isUser(role)) return role
    const left = (role.permissions[identifier] ?? []).filter((permission) => !gone.includes(permission))
    const { [identifier]: _, ...others } = role.permissions
    return { ...role, permissions: left.length > 0 ? { ...others, [identifier]: left } : others }
  })
}
