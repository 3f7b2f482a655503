import type { Next } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Log, Metrics } from '../domain/observe.ts'
import { Refusal, refuse } from '../errors.ts'
import type { EngineViews } from './interactions.ts'
import { type ReplayParts, settleRefresh } from './refresh-replay.ts'
import { beginRequestState, type RequestState } from './request-state.ts'

export interface DurabilityParts extends ReplayParts {
  log: Log
  metrics: Metrics
  views: Pick<EngineViews, 'refused'>
}

/**
 * Holds the engine's response until every write of the request is durable, and answers 503 when the store refused:
 * the engine would say `server_error` 500, or success.
 */
export const durability =
  (parts: DurabilityParts) =>
  async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    const state = beginRequestState(ctx)
    try {
      await next()
      if (state.refusal) throw state.refusal
      if (state.refresh) await settle(ctx, state, parts)
      await Promise.all(state.writes)
      await Promise.all(state.last.map((start) => start()))
    } catch (error) {
      await fail(ctx, error instanceof Refusal ? error : refuse('internal', { cause: error }), parts)
    }
  }

const settle = async (
  ctx: KoaContextWithOIDC,
  state: RequestState,
  parts: DurabilityParts,
): Promise<void> => {
  const { refresh } = state
  if (!refresh || ctx.oidc?.route !== 'token') return
  await settleRefresh(ctx, state, refresh, parts)
  if (refresh.kind === 'replay' && ctx.status === 200) parts.metrics.refreshReplay('grace')
}

const fail = async (
  ctx: KoaContextWithOIDC,
  refusal: Refusal,
  { log, views }: DurabilityParts,
): Promise<void> => {
  log.error(
    { err: refusal.cause ?? refusal, route: ctx.oidc?.route },
    'the engine could not finish a request',
  )
  for (const name of ['Location', 'Set-Cookie']) ctx.remove(name)
  const status = refusal.status
  const error = status === 503 ? 'temporarily_unavailable' : 'server_error'
  if (refusal.retryAfter !== undefined) ctx.set('Retry-After', String(refusal.retryAfter))
  ctx.set('Cache-Control', 'no-store')
  ctx.status = status
  if (ctx.accepts('json', 'html') === 'html') views.refused(ctx, refusal)
  else ctx.body = { error }
}
