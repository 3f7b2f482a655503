import { z } from 'zod'
import { refuse } from '../../errors.ts'
import { StoredAssignment } from '../access/assignment-json.ts'
import type { ClientRights } from '../access/decision.ts'
import { ACCOUNT_CALLBACK, ACCOUNT_CLIENT, FIRST_PARTY_CLIENT } from '../first-party.ts'
import type { ClientRecord } from '../ports.ts'
import { Client, type ClientInput, completed, hasSecret, responseTypes } from './metadata.ts'

/** A client as it rests in the store. */
export const StoredClient = Client.extend({
  /** Keyed hash of the secret, which has too much entropy to need a slow one. */
  client_secret_mac: z.string().exactOptional(),
  /** The secret before it, accepted until then (milliseconds). */
  former_secret: z.object({ mac: z.string(), until: z.number() }).exactOptional(),
  /** There is no such client for anybody but who administers it. */
  disabled: z.boolean().default(false),
  /** Made by the development start; production removes it. */
  demo: z.boolean(),
  /** Milliseconds. What is older was given to another client of this id; 0 in records from before this was kept. */
  registered_at: z.number().default(0),
  /** Roles for what it does itself. */
  assignments: z.array(StoredAssignment).default([]),
})
export type StoredClient = z.infer<typeof StoredClient>

/** @throws the refusal `internal` if the record is not one that this code wrote */
export const parseStored = ({ metadata }: ClientRecord): StoredClient => {
  const parsed = StoredClient.safeParse(metadata)
  if (!parsed.success) throw refuse('internal', { cause: parsed.error })
  return parsed.data
}

/** The client without what only the registry knows. */
export const clientOf = ({
  client_secret_mac,
  former_secret,
  disabled,
  demo,
  registered_at,
  assignments,
  ...client
}: StoredClient): Client => client

/** What the engine reads of a client, in the words of RFC 7591 and ours. */
export type EngineMetadata = Omit<Client, 'permissions' | 'own_permissions'> & {
  response_types: 'code'[]
  client_secret?: string
}

/**
 * The metadata for the engine, without what only the access rules ask.
 *
 * @param placeholder stands where the engine only looks whether there is a secret
 */
export const engineMetadata = (client: Client, placeholder: string): EngineMetadata => {
  const { permissions, own_permissions, ...metadata } = client
  return {
    ...metadata,
    response_types: responseTypes(client),
    ...(hasSecret(client) ? { client_secret: placeholder } : {}),
  }
}

/**
 * The built-in clients, as the engine reads them: that of the REST API, and that of the account console.
 *
 * @param issuer the console stands below it
 */
export const builtInMetadata = (issuer: string): EngineMetadata[] => [
  builtIn(FIRST_PARTY_CLIENT, { grant_types: ['refresh_token'] }),
  builtIn(ACCOUNT_CLIENT, {
    grant_types: ['authorization_code'],
    redirect_uris: [issuer + ACCOUNT_CALLBACK],
    post_logout_redirect_uris: [`${issuer}/`],
  }),
]

const builtIn = (clientId: string, metadata: Omit<ClientInput, 'client_id'>): EngineMetadata => ({
  ...engineMetadata(
    completed({
      // Its own is what no registered client may have.
      client_id: 'built-in',
      client_name: 'Gatehouse',
      token_endpoint_auth_method: 'none',
      first_party: true,
      ...metadata,
    }),
    '',
  ),
  client_id: clientId,
})

/** What the access rules ask of a client. */
export const rightsOf = ({
  grant_types,
  permissions,
  own_permissions,
  assignments,
}: StoredClient): ClientRights => ({
  grantTypes: grant_types,
  permissions,
  ownPermissions: own_permissions,
  assignments,
})
