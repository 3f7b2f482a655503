import type { Fault } from '../clients/faults.ts'
import { knownApis, permissionFaults } from '../clients/references.ts'
import type { Audit } from '../ports.ts'
import type { Access } from './access.ts'
import { mayHandOnRole } from './actor.ts'
import { directory } from './directory.ts'
import { type Changed, type Edit, editModel, Refused, requirePresent, type User } from './edit.ts'
import { type AccessModel, ADMIN_ROLE, type Role } from './model.ts'
import type { EditOptions } from './resource-administration.ts'

/** A role as people write it: roles that come with it by name. */
export interface RoleDraft {
  name: string
  permissions: Role['permissions']
  includes: readonly string[]
  default: boolean
}

export interface RoleAdministrationParts {
  access: Pick<Access, 'model' | 'change' | 'builtIns'>
  /** Accounts and clients that have the role, some of them if they are many. */
  holders: (roleId: string) => Promise<User[]>
  /** Takes the role from all of them. */
  release: (roleId: string) => Promise<void>
  audit: Audit
  newId: () => string
}

/** Changes the roles; like `ResourceAdministration`. Nobody makes a role of more of `@admin` than they have. */
export interface RoleAdministration {
  list(): Promise<Role[]>
  /** @param name of the role */
  find(name: string): Promise<Role | undefined>
  create(draft: RoleDraft, options: EditOptions): Promise<Changed<Role>>
  /** @param name present name; the draft may bring another one */
  replace(name: string, draft: RoleDraft, options: EditOptions): Promise<Changed<Role>>
  remove(name: string, options: EditOptions): Promise<Changed<Role>>
  /** The draft that a role came from. */
  draftOf(role: Role): Promise<RoleDraft>
}

export const roleAdministration = (parts: RoleAdministrationParts): RoleAdministration => {
  const { access } = parts
  const { builtIns } = access

  /** Neither what the role was nor what it becomes may hold more of `@admin` than the actor has. */
  const edit = (
    type: 'role.created' | 'role.changed' | 'role.removed',
    { actor }: EditOptions,
    change: (model: AccessModel) => Edit<Role>,
  ): Promise<Changed<Role>> => {
    const requireOwn = (role: Role | undefined, model: AccessModel): void => {
      if (role && !mayHandOnRole(actor, role.id, directory(model, builtIns), builtIns['@admin']))
        throw new Refused({ kind: 'faults', faults: [BEYOND] })
    }
    return editModel(parts, { type, actor }, (model) => {
      const changed = change(model)
      requireOwn(changed.before, model)
      requireOwn(changed.after, changed.model)
      return changed
    })
  }

  return {
    list: async () => (await access.model()).roles,
    find: async (name) => (await access.model()).roles.find((role) => role.name === name),
    create: (draft, options) => {
      const id = parts.newId()
      return edit('role.created', options, (model) => {
        requireFreeName(draft.name, undefined, model)
        const after = roleOf(id, draft, model)
        const changed = { ...model, roles: [...model.roles, after] }
        requireSound(after, draft, changed, builtIns)
        return { before: undefined, after, model: changed }
      })
    },
    replace: (name, draft, options) =>
      edit('role.changed', options, (model) => {
        const before = present(name, model)
        requirePresent(before, options.expected)
        requireFreeName(draft.name, before, model)
        const after = roleOf(before.id, draft, model)
        const changed = { ...model, roles: model.roles.map((role) => (role === before ? after : role)) }
        requireSound(after, draft, changed, builtIns)
        return { before, after, model: changed }
      }),
    async remove(name, options) {
      const role = (await access.model()).roles.find((each) => each.name === name)
      if (!role) return { kind: 'unknown' }
      const holders = options.cascade ? [] : await parts.holders(role.id)
      const outcome = await edit('role.removed', options, (model) => {
        const before = present(name, model)
        requirePresent(before, options.expected)
        const including = model.roles.filter(({ includes }) => includes.includes(before.id))
        const users = [
          ...including.map(({ id, name: user }): User => ({ kind: 'role', id, name: user })),
          ...holders,
        ]
        if (users.length > 0 && !options.cascade) throw new Refused({ kind: 'in_use', users })
        const roles = model.roles
          .filter((each) => each !== before)
          .map((each) => ({ ...each, includes: each.includes.filter((id) => id !== before.id) }))
        return { before, after: undefined, model: { ...model, roles } }
      })
      // Without the role its assignments grant nothing; this only tidies up.
      if (outcome.kind === 'done') await parts.release(role.id)
      return outcome
    },
    async draftOf({ includes, id, ...role }) {
      const { roles } = await access.model()
      return { ...role, includes: roles.filter((each) => includes.includes(each.id)).map(({ name }) => name) }
    },
  }
}

/** The fault of an actor who would hand on more than it has. */
export const BEYOND: Fault = {
  path: ['permissions', '@admin'],
  wanted: 'wanted no more of the administration than you have yourself',
}

const present = (name: string, { roles }: AccessModel): Role => {
  const found = roles.find((role) => role.name === name)
  if (!found) throw new Refused({ kind: 'unknown' })
  return found
}

const requireFreeName = (name: string, own: Role | undefined, { roles }: AccessModel): void => {
  if (name === ADMIN_ROLE || roles.some((role) => role !== own && role.name === name))
    throw new Refused({ kind: 'taken' })
}

const roleOf = (
  id: string,
  { name, permissions, includes, default: isDefault }: RoleDraft,
  model: AccessModel,
): Role => ({
  id,
  name,
  permissions,
  includes: model.roles.filter((role) => includes.includes(role.name)).map((role) => role.id),
  default: isDefault,
})

/** @throws Refused `faults` for permissions and roles that there are not, and for a role that includes itself */
const requireSound = (
  role: Role,
  { includes }: RoleDraft,
  model: AccessModel,
  builtIns: Access['builtIns'],
): void => {
  const names = new Set(model.roles.map(({ name }) => name))
  const faults = [
    ...permissionFaults(role.permissions, ['permissions'], knownApis(directory(model, builtIns))),
    ...includes.flatMap((name, index): Fault[] =>
      names.has(name) ? [] : [{ path: ['includes', index], wanted: 'wanted the name of a role' }],
    ),
    ...(includes.includes(role.name) || isInCircle(role, model)
      ? [{ path: ['includes'], wanted: 'wanted roles that do not include this one in turn' }]
      : []),
  ]
  if (faults.length > 0) throw new Refused({ kind: 'faults', faults })
}

const isInCircle = (role: Role, { roles }: AccessModel): boolean => {
  const byId = new Map(roles.map((each) => [each.id, each]))
  const met = new Set(role.includes)
  for (const id of met) for (const included of byId.get(id)?.includes ?? []) met.add(included)
  return met.has(role.id)
}
