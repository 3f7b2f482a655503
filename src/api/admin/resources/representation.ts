import { z } from 'zod'
import type { Resource } from '../../../domain/access/model.ts'
import { ResourceInput } from '../../../domain/seed/schema.ts'

/** An API as it is shown; the same, put back, changes nothing. */
export const ResourceOutput = z.object({
  identifier: z.string(),
  name: z.string(),
  permissions: z.array(z.string()),
  access_token_format: z.enum(['jwt', 'opaque']),
  types: z.array(z.string()),
})

export const ListedResource = ResourceOutput.extend({
  /** It is always there and cannot be changed. */
  built_in: z.literal(true).optional(),
})

/** A whole API: what is left out is empty, and not what it was. */
export const NewResource = ResourceInput
/** The same in place of one that is there; its identifier stays. */
export const ResourceReplacement = ResourceInput.partial({ identifier: true })

export const shownResource = ({
  accessTokenFormat,
  ...resource
}: Resource): z.output<typeof ResourceOutput> => ({
  identifier: resource.identifier,
  name: resource.name,
  permissions: resource.permissions,
  access_token_format: accessTokenFormat,
  types: resource.types,
})

export const resourceFrom = (identifier: string, input: z.output<typeof ResourceReplacement>): Resource => ({
  identifier,
  name: input.name ?? identifier,
  permissions: input.permissions ?? [],
  accessTokenFormat: input.access_token_format ?? 'jwt',
  types: input.types ?? [],
})
