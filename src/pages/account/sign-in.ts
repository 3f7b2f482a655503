import { createHash } from 'node:crypto'
import Router from '@koa/router'
import type { Context } from 'koa'
import { ACCOUNT_CALLBACK } from '../../domain/first-party.ts'
import { seeOther } from '../../http/see-other.ts'
import type { ConsoleClient } from '../../oidc/console-client.ts'
import type { PageParts } from '../parts.ts'
import { lacks } from './demand.ts'
import type { Pending, PendingSignIns } from './pending.ts'
import type { ConsoleSessions } from './session.ts'

/** Sends the person to the engine; they come back to `to`, a path of the console. */
export type StartSignIn = (ctx: Context, attempt: Pick<Pending, 'to' | 'demand' | 'done'>) => Promise<void>

export interface SignInParts extends PageParts {
  client: ConsoleClient
  pending: PendingSignIns
  sessions: ConsoleSessions
  issuer: string
}

/** @throws Refusal `store_unavailable` */
export const startSignIn =
  ({ client, pending, language }: SignInParts): StartSignIn =>
  async (ctx, attempt) => {
    const { state, nonce, codeVerifier } = await pending.begin(ctx, attempt)
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')
    const { locale } = language.of(ctx)
    seeOther(ctx, client.authorizationPath({ state, nonce, codeChallenge, locale, ...attempt.demand }))
  }

/** `/account/callback`: the answer to the authorization request (OpenID Connect Core §3.1.2.5, RFC 9207). */
export const callbackRoute = (parts: SignInParts): Router => {
  const end = (ctx: Context, reason: 'cancelled' | 'failed'): void => {
    const rendering = { words: parts.language.of(ctx) }
    const isFailure = reason === 'failed'
    parts.render(
      ctx,
      'account-signed-out',
      { reason },
      {
        ...rendering,
        ...(isFailure ? { status: 400, failed: true } : {}),
      },
    )
  }
  return new Router({ strict: true, sensitive: true }).get(ACCOUNT_CALLBACK, async (ctx) => {
    const { state, iss, code, error } = ctx.query
    if (iss !== parts.issuer || typeof state !== 'string') return end(ctx, 'failed')
    const attempt = await parts.pending.take(ctx, state)
    if (!attempt) return end(ctx, 'failed')
    if (error !== undefined) return end(ctx, error === 'access_denied' ? 'cancelled' : 'failed')
    if (typeof code !== 'string' || code === '') return end(ctx, 'failed')
    const signIn = await parts.client.redeem({ code, ...attempt }, ctx.headers)
    // Not asked for again: who cannot prove it would go round in circles.
    if (!signIn || lacks(signIn, attempt.demand, attempt.at)) return end(ctx, 'failed')
    await parts.sessions.begin(ctx, signIn, attempt.done)
    seeOther(ctx, attempt.to)
  })
}
