import type { Client } from 'oidc-provider'
import { isFirstParty } from './grants.ts'
import type { Asker } from './interactions.ts'

const hostOf = (uri: string | undefined): string =>
  uri !== undefined && URL.canParse(uri) ? new URL(uri).host : ''

const isSelfRegistered = (client: object): boolean =>
  'self_registered' in client && client.self_registered === true

/**
 * The application as the pages show it.
 *
 * @param redirectUri where the answer goes; without it the first registered one names the host
 */
export const asker = (client: Client, redirectUri?: string): Asker => ({
  clientId: client.clientId,
  name: client.clientName ?? client.clientId,
  homePage: client.clientUri,
  host: hostOf(redirectUri ?? client.redirectUris?.[0]),
  logoUri: client.logoUri,
  policyUri: client.policyUri,
  tosUri: client.tosUri,
  firstParty: isFirstParty(client),
  selfRegistered: isSelfRegistered(client),
})
