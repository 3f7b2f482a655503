import { z } from 'zod'

/** An API: its RFC 8707 resource indicator and the scopes that there are. */
const Resource = z.object({
  identifier: z.string(),
  name: z.string(),
  permissions: z.array(z.string()),
  accessTokenFormat: z.enum(['jwt', 'opaque']),
  /** Kinds of things that roles can be narrowed to one of; a type belongs to one API. */
  types: z.array(z.string()).default([]),
})
export type Resource = z.infer<typeof Resource>

/** By resource identifier, or by the alias of a built-in one, which is free of the issuer. */
export const PermissionMap = z.record(z.string(), z.array(z.string()))
export type PermissionMap = z.infer<typeof PermissionMap>

const Role = z.object({
  /** Random, never reused; accounts and inclusions name a role by it. */
  id: z.string(),
  name: z.string(),
  permissions: PermissionMap,
  /** Ids of the roles that come with this one. */
  includes: z.array(z.string()),
  /** Given to every newly registered account. */
  default: z.boolean(),
})
export type Role = z.infer<typeof Role>

/** All resources and roles: one document, so that no reader sees half of a change. */
export const AccessModel = z.object({ resources: z.array(Resource), roles: z.array(Role) })
export type AccessModel = z.infer<typeof AccessModel>

export const emptyModel: AccessModel = { resources: [], roles: [] }

/** The role that is not in the model: all of `@admin`, for those whom the document of admins names. */
export const ADMIN_ROLE = 'admin'

/** Identifiers of the APIs that are always there. */
export interface BuiltIns {
  /** The audience of tokens from the sign-in API, which no registered client may ask for. */
  '@api': string
  '@admin': string
  '@access': string
}

/** @param options.defaultResource identifier of `@api` */
export const builtIns = (options: { issuer: string; defaultResource: string }): BuiltIns => ({
  '@api': options.defaultResource,
  '@admin': `${options.issuer}/admin`,
  '@access': `${options.issuer}/access`,
})

const administered = ['accounts', 'clients', 'resources', 'roles', 'grants', 'keys', 'audit']

export const adminPermissions = administered.flatMap((thing) => [`${thing}:read`, `${thing}:write`])

/** `@api`: a declaration of the same identifier may name it and give it permissions. */
export const openResource = (identifiers: BuiltIns): Resource => builtIn(identifiers['@api'], 'Gatehouse', [])

/** `@admin` and `@access`, which nobody declares. */
export const fixedResources = (identifiers: BuiltIns): Resource[] => [
  builtIn(identifiers['@admin'], 'Gatehouse administration', adminPermissions),
  builtIn(identifiers['@access'], 'Gatehouse decisions', ['access:evaluate']),
]

const builtIn = (identifier: string, name: string, permissions: string[]): Resource => ({
  identifier,
  name,
  permissions,
  accessTokenFormat: 'jwt',
  types: [],
})
