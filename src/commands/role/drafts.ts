import type { RoleDraft } from '../../domain/access/role-administration.ts'
import { faultText, parsePart } from '../../domain/clients/faults.ts'
import { RoleInput } from '../../domain/seed/schema.ts'
import { type CommandOption, type Given, text, textsIfAny, UsageFault } from '../command.ts'
import { asJson, dryRun } from '../options.ts'

export const draftOptions = {
  permission: {
    type: 'string',
    multiple: true,
    value: 'api permission…',
    about: 'identifier of an API, or @admin, @access, @api, and what is permitted there, with blanks between',
  },
  include: { type: 'string', multiple: true, value: 'role', about: 'a role that comes with it' },
  default: { type: 'string', value: 'yes|no', about: 'given to every newly registered account' },
  ...dryRun,
  ...asJson,
} as const satisfies Record<string, CommandOption>

export const DRAFT_USAGE =
  '[--permission "<api> <permission>…"] [--include <role>] [--default <yes|no>] [--dry-run] [--json]'

/** One empty value means none. */
const listed = (values: string[] | undefined): string[] | undefined => values?.filter((value) => value !== '')

const permissionsOf = (given: Given): RoleDraft['permissions'] | undefined => {
  const values = listed(textsIfAny(given, 'permission'))
  if (!values) return undefined
  const permissions = new Map<string, string[]>()
  for (const value of values) {
    const [api = '', ...scopes] = value.split(/\s+/).filter((part) => part !== '')
    if (scopes.length === 0) throw new UsageFault(`--permission "${value}": wanted an API and a permission`)
    permissions.set(api, [...(permissions.get(api) ?? []), ...scopes])
  }
  return Object.fromEntries(permissions)
}

const defaultOf = (given: Given): boolean | undefined => {
  const value = text(given, 'default')
  if (value === undefined) return undefined
  if (value === 'yes' || value === 'no') return value === 'yes'
  throw new UsageFault('--default: wanted yes or no')
}

/**
 * The role that the options mean.
 *
 * @param before what they do not name stays as it is there
 */
export const draftOf = (given: Given, before: RoleDraft): RoleDraft => {
  const draft: RoleDraft = {
    name: before.name,
    permissions: permissionsOf(given) ?? before.permissions,
    includes: listed(textsIfAny(given, 'include')) ?? before.includes,
    default: defaultOf(given) ?? before.default,
  }
  const parsed = parsePart(RoleInput, draft)
  if (parsed.kind === 'faults') throw new UsageFault(parsed.faults.map(faultText).join('\n'))
  return draft
}

export const draftText = ({ permissions, includes, default: isDefault }: RoleDraft) =>
  [
    ['default', isDefault ? 'yes' : 'no'],
    ['includes', includes],
    ['permissions', Object.entries(permissions).map(([api, scopes]) => `${api}: ${scopes.join(' ')}`)],
  ] as const
