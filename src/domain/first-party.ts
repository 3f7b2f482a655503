/**
 * The built-in client of the REST API: it has tokens for `@api`, which no registered client gets, no redirect URIs, and
 * refresh tokens that are good at the REST API only.
 */
export const FIRST_PARTY_CLIENT = 'gatehouse-api'
