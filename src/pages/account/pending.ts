import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import { digest } from '../../domain/digest.ts'
import type { ArtifactStore, Clock } from '../../domain/ports.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'
import { Done } from './session.ts'

const Stored = z.object({
  /** Digest of the cookie of the browser that began. */
  browser: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** Path below `/account`, with its query. */
  to: z.string(),
  /** What the answer has to prove beside the person; `maxAge` in seconds. */
  demand: z.object({ maxAge: z.number().optional(), acr: z.string().optional() }),
  done: Done.optional(),
  /** When the person was sent away. */
  at: z.number(),
})
export type Pending = z.output<typeof Stored>

/** What the console remembers between sending a person to the engine and their return. */
export interface PendingSignIns {
  /** Resolves with what goes into the request; binds the attempt to a cookie of this browser. */
  begin(
    ctx: Context,
    attempt: Pick<Pending, 'to' | 'demand' | 'done'>,
  ): Promise<{ state: string; nonce: string; codeVerifier: string }>
  /** The attempt of this browser with this state; of any number of callers one gets it (C-27). */
  take(ctx: Context, state: string): Promise<Pending | undefined>
}

export interface PendingParts {
  artifacts: ArtifactStore
  now: Clock
  /** The issuer is https. */
  secure: boolean
}

const MODEL = 'ConsoleSignIn'
/** Seconds. */
const LIFETIME = 10 * 60

const secret = (): string => randomBytes(32).toString('base64url')

export const pendingSignIns = ({ artifacts, now, secure }: PendingParts): PendingSignIns => {
  const cookie = secure ? '__Host-gatehouse_account_signin' : 'gatehouse_account_signin'
  return {
    async begin(ctx, attempt) {
      // One for all tabs, so that none cuts another off.
      const browser = readCookie(ctx, cookie) ?? secret()
      const [state, nonce, codeVerifier] = [secret(), secret(), secret()]
      const payload: Pending = { ...attempt, browser: digest(browser), nonce, codeVerifier, at: now() }
      await artifacts.put({
        model: MODEL,
        key: digest(state),
        payload,
        expiresAt: now() + LIFETIME * 1000,
        grantId: undefined,
      })
      setCookie(ctx, cookie, browser, { secure, maxAge: LIFETIME })
      return { state, nonce, codeVerifier }
    },
    async take(ctx, state) {
      const browser = readCookie(ctx, cookie)
      const found = await artifacts.find(MODEL, digest(state))
      // Another browser does not get it, and does not spoil it either.
      if (browser === undefined || found?.payload.browser !== digest(browser)) return undefined
      const taken = await artifacts.takeOnce(MODEL, digest(state))
      return taken && Stored.parse(taken.payload)
    },
  }
}
