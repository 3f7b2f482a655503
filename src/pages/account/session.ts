import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import { digest } from '../../domain/digest.ts'
import type { Account, Artifact, ArtifactStore, Clock } from '../../domain/ports.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'
import { isAlive } from '../../oidc/adapter-parts.ts'
import type { ConsoleClient, ConsoleSignIn } from '../../oidc/console-client.ts'

/** A message for the next page: a key of the catalogue, never a text from a request. */
export const Done = z.object({ key: z.string(), tone: z.enum(['good', 'warn']) })
export type Done = z.output<typeof Done>

const Stored = z.object({
  sub: z.string(),
  acr: z.string(),
  amr: z.array(z.string()),
  authTime: z.number(),
  sessionUid: z.string(),
  done: Done.optional(),
})

/** Who is at the console. */
export interface Visit {
  account: Account
  /** `authTime` in seconds. */
  session: ConsoleSignIn
  /** Secret id of the console session, the value of its cookie. */
  id: string
}

export interface ConsoleSessions {
  /** The live session of this browser; undefined for none, an unknown one and one that anything has ended. */
  current(ctx: Context): Promise<Visit | undefined>
  /** A new session with a new id; the one before it is gone (C-30). */
  begin(ctx: Context, signIn: ConsoleSignIn, done?: Done): Promise<void>
  /** Ends the session of this browser, here only: the engine's session lives on. */
  end(ctx: Context): Promise<void>
  /** Keeps a message for the next page of this session. */
  leave(visit: Visit, done: Done): Promise<void>
  /** The message that waits, once. */
  takeDone(visit: Visit): Promise<Done | undefined>
}

export interface ConsoleSessionParts {
  artifacts: ArtifactStore
  account(sub: string): Promise<Account | undefined>
  client: Pick<ConsoleClient, 'isAlive'>
  now: Clock
  /** The issuer is https. */
  secure: boolean
}

const MODEL = 'ConsoleSession'
/** Milliseconds; after it the engine is asked again, without a question to the person. */
const LIFETIME = 12 * 60 * 60_000

/**
 * Sessions of the console rest on three facts, looked at with every request: the session itself, the account, and the
 * browser session of the engine. The end of any one ends the visit, in every process at once (C-25).
 */
export const consoleSessions = (parts: ConsoleSessionParts): ConsoleSessions => {
  const { artifacts, secure } = parts
  const cookie = secure ? '__Host-gatehouse_account' : 'gatehouse_account'

  const stored = async (ctx: Context): Promise<{ id: string; artifact: Artifact } | undefined> => {
    const id = readCookie(ctx, cookie)
    const artifact = id === undefined ? undefined : await artifacts.find(MODEL, digest(id))
    return id !== undefined && artifact ? { id, artifact } : undefined
  }
  const forget = async (ctx: Context): Promise<void> => {
    const id = readCookie(ctx, cookie)
    if (id !== undefined) await artifacts.remove(MODEL, digest(id))
  }
  /** Changes the message of a session, unless the session has ended meanwhile. */
  const write = async ({ id }: Visit, done: Done | undefined): Promise<Done | undefined> => {
    const artifact = await artifacts.find(MODEL, digest(id))
    if (!artifact) return undefined
    const { done: before, ...session } = Stored.parse(artifact.payload)
    if (before === done) return undefined
    const { model, key, expiresAt, grantId, revision } = artifact
    const isOurs = await artifacts.putIf(
      { model, key, expiresAt, grantId, payload: { ...session, done } },
      revision,
    )
    return isOurs ? before : undefined
  }

  return {
    async current(ctx) {
      const found = await stored(ctx)
      if (!found) return undefined
      const { done, ...session } = Stored.parse(found.artifact.payload)
      const [account, isSignedIn] = await Promise.all([
        parts.account(session.sub),
        parts.client.isAlive(session.sessionUid, session.sub),
      ])
      if (!account || !isAlive(account, session.authTime) || !isSignedIn) return undefined
      return { account, session, id: found.id }
    },
    async begin(ctx, signIn, done) {
      await forget(ctx)
      const id = randomBytes(32).toString('base64url')
      await artifacts.put({
        model: MODEL,
        key: digest(id),
        payload: { ...signIn, done },
        expiresAt: parts.now() + LIFETIME,
        grantId: undefined,
      })
      setCookie(ctx, cookie, id, { secure })
    },
    async end(ctx) {
      await forget(ctx)
      setCookie(ctx, cookie, '', { secure, maxAge: 0 })
    },
    async leave(visit, done) {
      await write(visit, done)
    },
    takeDone: (visit) => write(visit, undefined),
  }
}
