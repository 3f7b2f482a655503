import Provider, { type KoaContextWithOIDC } from 'oidc-provider'
import type { Artifact } from '../domain/ports.ts'
import { Refusal } from '../errors.ts'

/** How this request stands to the idempotent refresh of `refresh-replay.ts`. */
export interface RefreshAttempt {
  /** `winner` rotates; `replay` came again within the grace; `reuse` came after it. */
  kind: 'winner' | 'replay' | 'reuse'
  /** Digest of the refresh token that was presented. */
  key: string
  /** Writes that wait for the outcome: those of a replay, and of a winner, which go out together with its response. */
  held: (() => Promise<unknown>)[]
}

/** What one request of the engine has under way; lives in `ctx.state`. */
export interface RequestState {
  /** Writes not yet durable. The response waits for them: see `durability.ts`. */
  writes: Promise<unknown>[]
  /** Writes that start when the others are durable. */
  last: (() => Promise<unknown>)[]
  /** A refusal thrown inside the engine, which would answer a bare 500 for it. */
  refusal: Refusal | undefined
  refresh: RefreshAttempt | undefined
  /** See `prefetch.ts`. */
  prefetched: Map<string, Promise<Artifact | undefined>>
  /** Ends (milliseconds) of scopes at the APIs that the request is about, by identifier. */
  scopeEnds: Map<string, ReadonlyMap<string, number>>
}

const member = 'gatehouse'

/** Starts the state of a request. */
export const beginRequestState = (ctx: KoaContextWithOIDC): RequestState => {
  const state: RequestState = {
    writes: [],
    last: [],
    refusal: undefined,
    refresh: undefined,
    prefetched: new Map(),
    scopeEnds: new Map(),
  }
  ctx.state[member] = state
  return state
}

/** The state of the engine's present request; undefined outside of the engine's routes. */
export const requestState = (): RequestState | undefined => {
  const state: RequestState | undefined = Provider.ctx?.state[member]
  return state
}

/**
 * Starts a write that runs beside the engine's work: the response, not the engine, waits until it is durable. A refresh
 * holds its writes back until its outcome is known. Outside of the engine's routes the caller waits.
 */
export const write = async (start: () => Promise<unknown>): Promise<void> => {
  const state = requestState()
  if (!state) {
    await start()
    return
  }
  if (state.refresh && state.refresh.kind !== 'reuse') {
    state.refresh.held.push(start)
    return
  }
  const durable = start()
  // Its failure is seen when the response waits for it.
  durable.catch(() => undefined)
  state.writes.push(durable)
}

/** Keeps a write until all others of the request are durable. Outside of the engine's routes the caller waits. */
export const writeLast = async (start: () => Promise<unknown>): Promise<void> => {
  const state = requestState()
  if (state) state.last.push(start)
  else await start()
}

/** Waits for an answer of the store; a refusal is kept for the response. */
export const ask = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
  try {
    return await answer
  } catch (error) {
    const state = requestState()
    if (state && error instanceof Refusal) state.refusal = error
    throw error
  }
}
