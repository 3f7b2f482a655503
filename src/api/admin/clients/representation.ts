import { z } from 'zod'
import { etagOf } from '../../../domain/access/edit.ts'
import type { AccessModel } from '../../../domain/access/model.ts'
import { Client, ClientInput, responseTypes } from '../../../domain/clients/metadata.ts'
import type { RegisteredClient } from '../../../domain/clients/replacing.ts'
import { AssignmentOutput, namedAssignments, shownAssignment } from '../assignments.ts'
import { timeMember } from '../time.ts'

/** RFC 7591 §2 and ours. The server makes the secret, so that no other one gets into requests and their logs. */
export const NewClientBody = ClientInput.omit({ client_secret: true }).extend({
  /** Left out: one is made. */
  client_id: ClientInput.shape.client_id.exactOptional(),
})

/** Never a secret. */
export const ClientOutput = Client.extend({
  response_types: z.array(z.literal('code')),
  disabled: z.boolean(),
  /** Roles for what it does itself. */
  assignments: z.array(AssignmentOutput),
  /** Until then the secret before the present one is accepted, too. */
  former_secret_until: z.iso.datetime().optional(),
  /** Made by the development start; production removes it. */
  demo: z.literal(true).optional(),
})
export type ClientOutput = z.output<typeof ClientOutput>

/** RFC 7591 §3.2.1: shown in this answer and never again. */
export const Secret = z.object({
  client_secret: z.string(),
  /** Never. */
  client_secret_expires_at: z.literal(0),
})

export const secretMembers = (secret: string | undefined): Partial<z.output<typeof Secret>> =>
  secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }

export const WithSecret = ClientOutput.extend(Secret.partial().shape)

export const shownClient = (
  { client, disabled, assignments, demo, formerSecretUntil }: RegisteredClient,
  model: AccessModel,
): ClientOutput => ({
  ...client,
  response_types: responseTypes(client),
  disabled,
  assignments: namedAssignments(assignments, model, { isAdmin: false }).map(shownAssignment),
  ...timeMember('former_secret_until', formerSecretUntil),
  ...(demo ? { demo } : {}),
})

/** Another one for everything that shows. */
export const clientTag = (registered: RegisteredClient, model: AccessModel): string =>
  etagOf(JSON.parse(JSON.stringify(shownClient(registered, model))))
