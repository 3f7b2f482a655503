import type { Directory } from '../access/directory.ts'
import type { PermissionMap } from '../access/model.ts'
import type { Fault } from './faults.ts'
import type { Client } from './metadata.ts'

/** The APIs that a client or role may name. */
export interface KnownApis {
  /** Permissions of an API, by identifier or alias; `unsure` for one whose declaration has faults of its own. */
  permissionsOf(identifier: string): readonly string[] | 'unknown' | 'unsure'
  /** Whether it is `@api`, which no client may ask for. */
  isSignInApi(identifier: string): boolean
}

/**
 * What a directory knows.
 *
 * @param unsure identifiers of APIs that are declared with faults
 */
export const knownApis = (
  directory: Directory,
  unsure: ReadonlySet<string> = new Set<string>(),
): KnownApis => ({
  permissionsOf: (identifier) =>
    unsure.has(identifier)
      ? 'unsure'
      : (directory.find(directory.resolve(identifier))?.permissions ?? 'unknown'),
  isSignInApi: (identifier) => directory.resolve(identifier) === directory.api,
})

const UNKNOWN = 'wanted the identifier of a declared or built-in API'

/** What is named at APIs that there are not, or that do not have this permission. */
export const permissionFaults = (
  permissions: PermissionMap,
  path: readonly PropertyKey[],
  apis: KnownApis,
): Fault[] =>
  Object.entries(permissions).flatMap(([identifier, scopes]): Fault[] => {
    const there = apis.permissionsOf(identifier)
    if (there === 'unsure') return []
    if (there === 'unknown') return [{ path: [...path, identifier], wanted: UNKNOWN }]
    return scopes.flatMap((scope, index) =>
      there.includes(scope)
        ? []
        : [{ path: [...path, identifier, index], wanted: 'wanted a permission that this API has' }],
    )
  })

/** What a client names that there is not, or that is not for clients. */
export const referenceFaults = (client: Client, apis: KnownApis): Fault[] => [
  ...(['permissions', 'own_permissions'] as const).flatMap((member) => [
    ...permissionFaults(client[member], [member], apis),
    ...signInApiFaults(client[member], member, apis),
  ]),
  ...introspectionFaults(client.may_introspect, apis),
]

const signInApiFaults = (permissions: PermissionMap, member: string, apis: KnownApis): Fault[] =>
  Object.keys(permissions)
    .filter((identifier) => apis.isSignInApi(identifier))
    .map((identifier) => ({
      path: [member, identifier],
      wanted: 'wanted another API; tokens for this one come from the sign-in API only',
    }))

/** They are compared with the audience of a token, so an alias would never fit. */
const introspectionFaults = (allowed: Client['may_introspect'], apis: KnownApis): Fault[] =>
  allowed === true
    ? []
    : allowed.flatMap((identifier, index) =>
        identifier.startsWith('@') || apis.permissionsOf(identifier) === 'unknown'
          ? [{ path: ['may_introspect', index], wanted: UNKNOWN }]
          : [],
      )
