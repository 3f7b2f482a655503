/**
 * The built-in client of the REST API: it has tokens for `@api`, which no registered client gets, no redirect URIs, and
 * refresh tokens that are good at the REST API only.
 */
export const FIRST_PARTY_CLIENT = 'gatehouse-api'

/** The built-in client of the account console: it signs a person in at this very server, and asks for no API. */
export const ACCOUNT_CLIENT = 'gatehouse-account'

/** Where the answer to its authorization requests goes, below the issuer. */
export const ACCOUNT_CALLBACK = '/account/callback'

/** Clients that are there by themselves; nobody registers or changes them. */
export const isBuiltIn = (clientId: string): boolean =>
  clientId === FIRST_PARTY_CLIENT || clientId === ACCOUNT_CLIENT
