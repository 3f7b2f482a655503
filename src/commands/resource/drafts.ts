import type { Resource } from '../../domain/access/model.ts'
import { faultText, parsePart } from '../../domain/clients/faults.ts'
import { ResourceInput } from '../../domain/seed/schema.ts'
import { type CommandOption, type Given, text, textsIfAny, UsageFault } from '../command.ts'
import { asJson, dryRun } from '../options.ts'

export const resourceOptions = {
  name: { type: 'string', about: 'what people read' },
  permission: { type: 'string', multiple: true, about: 'a permission that there is' },
  type: { type: 'string', multiple: true, about: 'a type of things, such as record' },
  format: { type: 'string', value: 'jwt|opaque', about: 'of its access tokens' },
  ...dryRun,
  ...asJson,
} as const satisfies Record<string, CommandOption>

export const RESOURCE_USAGE =
  '[--name <text>] [--permission <text>] [--type <text>] [--format <jwt|opaque>] [--dry-run] [--json]'

/** One empty value means none. */
const listed = (values: string[] | undefined): string[] | undefined => values?.filter((value) => value !== '')

/**
 * The API that the options mean.
 *
 * @param before what they do not name stays as it is there
 */
export const resourceOf = (given: Given, before: Resource): Resource => {
  const parsed = parsePart(ResourceInput, {
    identifier: before.identifier,
    name: text(given, 'name') ?? before.name,
    permissions: listed(textsIfAny(given, 'permission')) ?? before.permissions,
    types: listed(textsIfAny(given, 'type')) ?? before.types,
    access_token_format: text(given, 'format') ?? before.accessTokenFormat,
  })
  if (parsed.kind === 'faults') throw new UsageFault(parsed.faults.map(faultText).join('\n'))
  const { identifier, name, permissions, types, access_token_format: format } = parsed.value
  return {
    identifier,
    name: name ?? before.name,
    permissions: permissions ?? [],
    accessTokenFormat: format ?? before.accessTokenFormat,
    types: types ?? [],
  }
}
