import type { Context } from 'koa'
import { z } from 'zod'
import { type Actor, actorName } from '../../domain/access/actor.ts'
import { digest } from '../../domain/digest.ts'
import type { Artifact, ArtifactStore, Clock, Sealer } from '../../domain/ports.ts'
import { Problem } from '../problem.ts'

export interface IdempotencyParts {
  artifacts: Pick<ArtifactStore, 'putIf' | 'put' | 'find' | 'remove'>
  sealer: Pick<Sealer, 'seal' | 'open' | 'mac' | 'macs'>
  now: Clock
}

/** One call that makes something. */
export interface Creation {
  actor: Actor
  /** Method and path. */
  call: string
  /** What the body and the query say. */
  input: unknown
}

/** Runs a creation, or answers as the first call with this `Idempotency-Key` was answered. */
export type Idempotency = (
  ctx: Context,
  creation: Creation,
  create: () => Promise<unknown>,
) => Promise<unknown>

const MODEL = 'IdempotentAnswer'
const PURPOSE = 'idempotency'
/** Milliseconds that an answer is kept. */
const KEPT = 24 * 60 * 60 * 1000
/** Milliseconds after which a call whose process died is over. */
const RUNNING = 60_000

const KEY = /^[\x21-\x7e]{1,255}$/

const Payload = z.object({
  /** Keyed hash of what was asked for: a body may hold a password. */
  asked: z.string(),
  /** The answer; undefined as long as the call runs. */
  sealed: z.string().exactOptional(),
})

const Answer = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
})

/** Headers that belong to what was made. */
const HEADERS = ['ETag', 'Location']

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): of any number of calls with one key, by one caller at
 * one place, one does the work. Its answer is kept for a day, sealed, because it may show a secret; what was refused is
 * not kept and may be tried again.
 *
 * @throws Problem `bad_request`, `idempotency_key_reused` or `request_in_progress`
 */
export const idempotency =
  (parts: IdempotencyParts): Idempotency =>
  async (ctx, { actor, call, input }, create) => {
    const given = ctx.get('idempotency-key')
    if (given === '') return create()
    if (!KEY.test(given))
      throw new Problem('bad_request', { errors: [{ field: 'Idempotency-Key', code: 'malformed' }] })
    const { artifacts, sealer, now } = parts
    const key = digest(JSON.stringify([actorName(actor), call, given]))
    const asked = JSON.stringify(input)
    const payload = { asked: sealer.mac(PURPOSE, asked) }
    const running = { model: MODEL, key, grantId: undefined, payload, expiresAt: now() + RUNNING }
    if (!(await artifacts.putIf(running, 0))) {
      const found = await artifacts.find(MODEL, key)
      // It failed, or its time was over, between the two.
      if (!found) throw inProgress()
      return answerAgain(ctx, found, asked, sealer)
    }
    const body = await create().catch(async (error: unknown) => {
      await artifacts.remove(MODEL, key)
      throw error
    })
    const sealed = sealer.seal(PURPOSE, key, JSON.stringify(answerOf(ctx, body)))
    const kept = { ...running, payload: { ...payload, sealed }, expiresAt: now() + KEPT }
    // It is made, and may show a secret that nobody sees again: without the store only a repetition is not answered so.
    await artifacts.put(kept).catch(() => undefined)
    return body
  }

const inProgress = (): Problem => new Problem('request_in_progress', { retryAfter: 1 })

const answerOf = ({ status, response }: Context, body: unknown): z.output<typeof Answer> => ({
  status,
  headers: Object.fromEntries(
    HEADERS.map((name) => [name, response.get(name)]).filter(([, value]) => value !== ''),
  ),
  body,
})

const answerAgain = (
  ctx: Context,
  { key, payload }: Artifact,
  asked: string,
  sealer: IdempotencyParts['sealer'],
): unknown => {
  const kept = Payload.parse(payload)
  if (!sealer.macs(PURPOSE, asked).includes(kept.asked)) throw new Problem('idempotency_key_reused')
  if (kept.sealed === undefined) throw inProgress()
  const { status, headers, body } = Answer.parse(JSON.parse(sealer.open(PURPOSE, key, kept.sealed)))
  ctx.status = status
  ctx.set(headers)
  return body
}
