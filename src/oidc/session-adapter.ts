import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'
import type { AccountStore } from '../domain/ports.ts'
import { refuse } from '../errors.ts'
import { isPayloadOf, isSessionAlive, type KeyedParts } from './adapter-parts.ts'
import { endFamily } from './families.ts'
import { findArtifact } from './prefetch.ts'
import { ask, write, writeLast } from './request-state.ts'
import { isStoredSession, mergeSession, type StoredSession } from './session-merge.ts'
import { endsGrants, tombstone } from './session-tombstone.ts'

/**
 * A browser session rests under its uid, which never changes. Its id, the cookie's value, changes at every sign-in;
 * a `SessionId` record points from it to the uid. So a look-up by uid never misses while an id is being replaced.
 *
 * Who comes with the cookie is a person at a browser: the account is read as it is now. A look-up by uid is about one of
 * many tokens, and may be a second behind.
 */
export const sessionAdapter = (parts: KeyedParts): Adapter => ({
  upsert: (id, payload, expiresIn) => saveSession(id, payload, expiresIn ?? 0, parts),
  async find(id) {
    const key = parts.keyOf(id)
    const pointer = await ask(parts.artifacts.find('SessionId', key))
    const uidKey = pointer?.payload.uidKey
    if (typeof uidKey !== 'string') return undefined
    const stored = await load(uidKey, parts.accounts.present, parts)
    if (!stored?.idKeys.includes(key)) return undefined
    const { idKeys, savedAt, ...payload } = stored
    return { ...payload, jti: id }
  },
  async findByUid(uid) {
    const stored = await load(parts.keyOf(uid), parts.accounts.find, parts)
    if (!stored) return undefined
    const { idKeys, savedAt, ...payload } = stored
    return payload
  },
  findByUserCode: async () => undefined,
  consume: async () => undefined,
  revokeByGrantId: async () => undefined,
  async destroy(id) {
    const key = parts.keyOf(id)
    const pointer = await ask(parts.artifacts.find('SessionId', key))
    const forget = () => parts.artifacts.remove('SessionId', key)
    // The engine destroys the old id right before it saves the new one: the session itself goes on.
    const session = Provider.ctx?.oidc?.session
    if (session && session.jti !== id) return write(forget)
    // A parallel request may have replaced the id meanwhile.
    const uidKey = session ? parts.keyOf(session.uid) : pointer?.payload.uidKey
    if (typeof uidKey === 'string') await endSession(uidKey, parts)
    // Who logs out must find the session again if its end fails.
    await writeLast(forget)
  },
})

/** A logout: what is at rest in the session's place keeps a request that had read it from saving it back. */
const endSession = (uidKey: string, { artifacts, now }: KeyedParts): Promise<void> =>
  write(() => artifacts.put(tombstone(uidKey, now(), 'session')))

/** The session under this key, unless its account was disabled or reset since the sign-in. */
const load = async (
  uidKey: string,
  account: AccountStore['find'],
  parts: KeyedParts,
): Promise<StoredSession | undefined> => {
  const artifact = await ask(findArtifact('Session', uidKey, parts))
  if (!artifact || !isPayloadOf('Session', artifact.payload) || !isStoredSession(artifact.payload))
    return undefined
  const session = artifact.payload
  if (session.accountId && !isSessionAlive(await ask(account(session.accountId)), session.loginTs))
    return undefined
  return session
}

/** More parallel tabs than this save one session at the same moment only in an attack. */
const MOST_ATTEMPTS = 50

const saveSession = async (
  id: string,
  payload: AdapterPayload,
  ttl: number,
  parts: KeyedParts,
): Promise<void> => {
  const { jti, ...next } = payload
  if (!next.uid) throw new Error('session without uid')
  const key = parts.keyOf(id)
  const uidKey = parts.keyOf(next.uid)
  const context = Provider.ctx?.oidc
  const expiresAt = parts.now() + ttl * 1000
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const current = await ask(parts.artifacts.find('Session', uidKey))
    const stored = current?.payload
    if (stored && !isStoredSession(stored)) return endLateGrants(stored, next, parts)
    const merged = mergeSession({
      current: stored,
      next,
      idKey: key,
      isNewId: context?.session !== undefined && 'oldId' in context.session,
      isLogout: context?.route === 'end_session_confirm',
    })
    if (!merged) return
    const session = {
      model: 'Session',
      key: uidKey,
      payload: { ...merged, savedAt: parts.now() },
      expiresAt,
      grantId: undefined,
    }
    if (!(await ask(parts.artifacts.putIf(session, current?.revision ?? 0)))) continue
    await write(() =>
      parts.artifacts.put({ model: 'SessionId', key, payload: { uidKey }, expiresAt, grantId: undefined }),
    )
    if (isSignIn(stored, merged)) await noteSignIn(merged, parts)
    return
  }
  throw refuse('busy', { retryAfter: 1 })
}

/** The session has ended while this request worked: what the request gave to a client ends with it. */
const endLateGrants = async (
  stored: object,
  { authorizations = {} }: AdapterPayload,
  parts: KeyedParts,
): Promise<void> => {
  if (!endsGrants(stored)) return
  for (const { grantId } of Object.values(authorizations))
    if (grantId !== undefined) await write(() => endFamily(grantId, parts))
}

const isSignIn = (before: AdapterPayload | undefined, after: AdapterPayload): boolean =>
  after.accountId !== undefined &&
  (before?.accountId !== after.accountId || (before.loginTs ?? 0) < (after.loginTs ?? 0))

/** The answer waits for it: its owner could not end a session that is in no list. */
const noteSignIn = async ({ accountId, uid }: AdapterPayload, { sessions }: KeyedParts): Promise<void> => {
  if (accountId === undefined || uid === undefined) return
  const { ctx } = Provider
  const started = {
    kind: 'browser' as const,
    reference: uid,
    userAgent: ctx?.get('user-agent'),
    address: ctx?.ip,
  }
  await write(() => sessions.started(accountId, started))
}
