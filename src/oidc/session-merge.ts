import type { AdapterPayload } from 'oidc-provider'
import { TWO_FACTORS } from './acr.ts'

/**
 * A session at rest: the engine's payload without the id, the digests of the ids that open it, and the time of the last
 * save in milliseconds.
 */
export type StoredSession = AdapterPayload & { idKeys: string[]; savedAt?: number }

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
 * - A sign-in, and a second factor that follows later, replace the session and every id that opened it before (session
 *   fixation).
 * - A request that still knows the session from before that must not touch it.
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
  if (!isKnownId && !isNewId && order(current, next) !== 0) return undefined
  const login = order(current, next) > 0 ? current : next
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

/** After a new sign-in of the same person, or a step-up, only the id that it made stays good. */
const survivingIds = (current: StoredSession, next: AdapterPayload): string[] =>
  order(next, current) > 0 ? [] : current.idKeys

/** Which sign-in is the later one; a step-up keeps the time of the sign-in that it adds to. */
const order = (one: AdapterPayload, other: AdapterPayload): number =>
  (one.loginTs ?? 0) - (other.loginTs ?? 0) || Number(isFull(one)) - Number(isFull(other))

const isFull = ({ acr }: AdapterPayload): boolean => acr === TWO_FACTORS
