import type { AdapterPayload } from 'oidc-provider'

/** A session at rest: the engine's payload without the id, and the digests of the ids that open it. */
export type StoredSession = AdapterPayload & { idKeys: string[] }

export const isStoredSession = (payload: object): payload is StoredSession =>
  'idKeys' in payload &&
  Array.isArray(payload.idKeys) &&
  payload.idKeys.every((key) => typeof key === 'string') &&
  'uid' in payload

/** Parallel tabs may each hold an id of their own; more than this many are not kept. */
const MOST_IDS = 8

/**
 * Joins what one request wants to save with what another one saved meanwhile. Undefined: nothing may be saved.
 *
 * - Two tabs of one sign-in keep both clients' authorizations, except at logout, which removes them on purpose.
 * - A sign-in replaces the session and every id that opened it before (session fixation).
 * - A request that still knows the session from before a sign-in must not touch it.
 */
export const mergeSession = (input: {
  current: StoredSession | undefined
  next: AdapterPayload
  idKey: string
  /** The request made a new id, known to nobody but the receiver of its response. */
  isNewId: boolean
  isLogout: boolean
}): StoredSession | undefined => {
  const { current, next, idKey, isNewId, isLogout } = input
  if (!current) return { ...next, idKeys: [idKey] }
  if (current.accountId !== next.accountId) {
    return next.accountId === undefined ? undefined : { ...next, idKeys: [idKey] }
  }
  const isKnownId = current.idKeys.includes(idKey)
  if (!isKnownId && !isNewId && current.loginTs !== next.loginTs) return undefined
  const login = (current.loginTs ?? 0) > (next.loginTs ?? 0) ? current : next
  const authorizations = isLogout
    ? next.authorizations
    : { ...current.authorizations, ...next.authorizations }
  return {
    ...next,
    ...(login.loginTs === undefined ? {} : { loginTs: login.loginTs }),
    ...(login.acr === undefined ? {} : { acr: login.acr }),
    ...(login.amr === undefined ? {} : { amr: login.amr }),
    ...(authorizations === undefined ? {} : { authorizations }),
    idKeys: isKnownId ? current.idKeys : [...survivingIds(current, next), idKey].slice(-MOST_IDS),
  }
}

/** After a new sign-in of the same person only the id that it made stays good. */
const survivingIds = (current: StoredSession, next: AdapterPayload): string[] =>
  (next.loginTs ?? 0) > (current.loginTs ?? 0) ? [] : current.idKeys
