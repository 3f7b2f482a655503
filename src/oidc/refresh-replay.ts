import { setTimeout as sleep } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { digest } from '../domain/digest.ts'
import type { ArtifactStore, Clock, Sealer } from '../domain/ports.ts'
import type { RefreshAttempt, RequestState } from './request-state.ts'

/**
 * Idempotent refresh. A client that lost the answer, or two tabs that refresh at once, present one refresh token
 * twice. Within the grace each gets the SAME successor: the winner keeps its response, sealed, under the digest of
 * the old token, and a replay answers with it. The engine still authenticates the client and checks DPoP, scope and
 * grant for every replay; only its writes are held back.
 */
export interface ReplayParts {
  artifacts: ArtifactStore
  sealer: Sealer
  now: Clock
  /** Seconds. */
  refreshGrace: number
}

const MODEL = 'RefreshResponse'
/** Milliseconds a replay waits for its winner, who is between two writes or dead. */
const PATIENCE = 1500
const PAUSE = 15

/** Runs after the engine on the token route; resolves when the response may go out. */
export const settleRefresh = async (
  ctx: KoaContextWithOIDC,
  state: RequestState,
  attempt: RefreshAttempt,
  parts: ReplayParts,
): Promise<void> => {
  if (ctx.status !== 200) {
    if (attempt.kind === 'winner') state.writes.push(...startHeld(attempt))
    return
  }
  const own = { body: ctx.body, fingerprint: fingerprint(ctx) }
  if (attempt.kind === 'winner') {
    const [kept] = await Promise.all([keep(attempt.key, own, parts), ...startHeld(attempt), ...state.writes])
    if (kept) return
  }
  if (attempt.kind === 'replay' && (await takeOver(attempt, own, parts))) return
  answer(ctx, await read(attempt.key, parts), own.fingerprint)
}

const startHeld = ({ held }: RefreshAttempt): Promise<unknown>[] => held.map((start) => start())

/** A winner that died before it kept its response delivered nothing: then the replay's own tokens are the successor. */
const takeOver = async (attempt: RefreshAttempt, own: Kept, parts: ReplayParts): Promise<boolean> => {
  const patience = Date.now() + PATIENCE
  while (Date.now() < patience) {
    if (await parts.artifacts.find(MODEL, attempt.key)) return false
    await sleep(PAUSE)
  }
  await Promise.all(startHeld(attempt))
  return keep(attempt.key, own, parts)
}

interface Kept {
  body: unknown
  fingerprint: string
}

const keep = (
  key: string,
  own: Kept,
  { artifacts, sealer, now, refreshGrace }: ReplayParts,
): Promise<boolean> =>
  artifacts.putIf(
    {
      model: MODEL,
      key,
      payload: { sealed: sealer.seal('refresh-response', key, JSON.stringify(own)) },
      expiresAt: now() + Math.max(refreshGrace, 1) * 1000,
      grantId: undefined,
    },
    0,
  )

const read = async (key: string, { artifacts, sealer }: ReplayParts): Promise<Kept | undefined> => {
  const sealed = (await artifacts.find(MODEL, key))?.payload.sealed
  if (typeof sealed !== 'string') return undefined
  const kept: Kept = JSON.parse(sealer.open('refresh-response', key, sealed))
  return kept
}

const answer = (ctx: KoaContextWithOIDC, kept: Kept | undefined, asked: string): void => {
  if (kept && kept.fingerprint === asked) {
    ctx.body = kept.body
    return
  }
  ctx.status = 400
  ctx.body = { error: 'invalid_grant', error_description: 'grant request is invalid' }
}

/** A replay must ask for the same thing, with the same key, as the request it repeats. */
const fingerprint = ({ oidc }: KoaContextWithOIDC): string => {
  const { client, params, accessToken } = oidc
  const asked = [client?.clientId, params?.scope, params?.resource, accessToken?.jkt]
  return digest(JSON.stringify(asked.map((part) => part ?? null)))
}
