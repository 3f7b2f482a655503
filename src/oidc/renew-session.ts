import { randomBytes } from 'node:crypto'
import type Koa from 'koa'
import type { Context } from 'koa'
import { digest } from '../domain/digest.ts'
import type { ArtifactStore, Clock } from '../domain/ports.ts'
import { isPayloadOf } from './adapter-parts.ts'
import { sessionCookie } from './session-cookie.ts'
import { isStoredSession } from './session-merge.ts'

export interface RenewSessionParts {
  artifacts: Pick<ArtifactStore, 'find' | 'put' | 'putIf'>
  engine: { provider(): Pick<Koa, 'createContext'> }
  now: Clock
  /** The issuer is https. */
  secure: boolean
}

/** More parallel tabs than this save one session at the same moment only in an attack. */
const MOST_ATTEMPTS = 50

/**
 * Lets a browser session begin anew whose person has just proved the password, so that it outlives the end of all
 * sessions before. Its id is new as well, and goes to the browser of this request alone: a stolen copy of the old one
 * opens nothing any more (ASVS 7.2.4). A session that was ended meanwhile, or is another person's, stays as it is.
 *
 * @param uid of the session
 */
export type RenewSession = (ctx: Context, sub: string, uid: string) => Promise<void>

export const renewSession =
  ({ artifacts, engine, now, secure }: RenewSessionParts): RenewSession =>
  async (ctx, sub, uid) => {
    const renewed = await renewStored({ artifacts, now }, sub, uid)
    if (!renewed) return
    const { name, options } = sessionCookie(secure)
    const { cookies } = engine.provider().createContext(ctx.req, ctx.res)
    cookies.set(name, renewed.id, { ...options, expires: new Date(renewed.expiresAt) })
  }

/** The same at rest; resolves with the id that opens it from now on, undefined if it stays as it is. */
export const renewStored = async (
  { artifacts, now }: Pick<RenewSessionParts, 'artifacts' | 'now'>,
  sub: string,
  uid: string,
): Promise<{ id: string; expiresAt: number } | undefined> => {
  const id = randomBytes(32).toString('base64url')
  const [uidKey, idKey] = [digest(uid), digest(id)]
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const found = await artifacts.find('Session', uidKey)
    if (!found || !isPayloadOf('Session', found.payload) || !isStoredSession(found.payload)) return undefined
    if (found.payload.accountId !== sub) return undefined
    const { model, key, expiresAt, grantId, revision } = found
    await artifacts.put({
      model: 'SessionId',
      key: idKey,
      payload: { uidKey },
      expiresAt,
      grantId: undefined,
    })
    const payload = { ...found.payload, loginTs: Math.floor(now() / 1000), idKeys: [idKey] }
    if (await artifacts.putIf({ model, key, payload, expiresAt, grantId }, revision)) return { id, expiresAt }
  }
  return undefined
}
