import { z } from 'zod'
import type { Directory } from '../../../domain/access/directory.ts'
import type { RoleDraft } from '../../../domain/access/role-administration.ts'
import { RoleInput } from '../../../domain/seed/schema.ts'

/** A role as it is shown; the same, put back, changes nothing. */
export const RoleOutput = z.object({
  name: z.string(),
  /** Identifier of an API, or `@admin`, `@access`, `@api` -> permissions. */
  permissions: z.record(z.string(), z.array(z.string())),
  /** Names of the roles that come with it. */
  includes: z.array(z.string()),
  /** Given to every newly registered account. */
  default: z.boolean(),
})

export const ListedRole = RoleOutput.extend({
  /** It is always there and cannot be changed. */
  built_in: z.literal(true).optional(),
})

/** A whole role: what is left out is empty, and not what it was. */
export const WholeRole = RoleInput.extend({
  // Neither can stand in a path.
  name: RoleInput.shape.name.refine((name) => name !== '.' && name !== '..', {
    error: 'wanted another name',
  }),
})

export const draftFrom = (input: z.output<typeof WholeRole>): RoleDraft => ({
  name: input.name,
  permissions: input.permissions ?? {},
  includes: input.includes ?? [],
  default: input.default ?? false,
})

export const shownRole = ({
  name,
  permissions,
  includes,
  default: isDefault,
}: RoleDraft): z.output<typeof RoleOutput> => ({
  name,
  permissions,
  includes: [...includes],
  default: isDefault,
})

/** The role `admin`, which is in no document. */
export const shownAdmin = ({ admin }: Pick<Directory, 'admin'>): z.output<typeof ListedRole> => ({
  name: admin.name,
  permissions: Object.fromEntries(
    [...admin.permissions].map(([identifier, permissions]) => [identifier, [...permissions]]),
  ),
  includes: [],
  default: false,
  built_in: true,
})
