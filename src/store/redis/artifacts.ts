import type { Artifact, ArtifactStore, Consumed, NewArtifact } from '../../domain/ports.ts'
import { jsonObject } from '../damaged-record.ts'
import { families } from './families.ts'
import { ttl } from './keys.ts'
import type { Parts } from './parts.ts'
import { integer, list, text } from './reply.ts'
import { CONSUME, MARK, PUT, TAKE } from './scripts.ts'

const FIELDS = ['payload', 'expiresAt', 'grantId', 'consumedAt', 'revision'] as const

const artifactFrom = (reply: unknown, model: string, key: string, now: number): Artifact | undefined => {
  const [payload, expiresAt, grantId, consumedAt, revision] = list(reply)
  if (expiresAt === null) return undefined
  const artifact = {
    model,
    key,
    expiresAt: integer(expiresAt),
    grantId: grantId === null ? undefined : text(grantId),
    consumedAt: consumedAt === null ? undefined : integer(consumedAt),
    revision: integer(revision),
  }
  return artifact.expiresAt > now ? { ...artifact, payload: jsonObject(text(payload)) } : undefined
}

const consumedFrom = (reply: unknown): Consumed => {
  if (reply === null) return { kind: 'gone' }
  return reply === 'won' ? { kind: 'won' } : { kind: 'lost', consumedAt: integer(reply) }
}

/** One hash per artifact; see scripts.ts for what is atomic, families.ts for what one grant has given. */
export const artifactStore = (parts: Parts): ArtifactStore => {
  const { calls, confirm, keys, now } = parts
  const { send } = calls
  const family = families(parts)

  /** A call about one artifact, after the removals of families that were called before. */
  const about = <Result>(
    model: string,
    key: string,
    work: (at: string) => Promise<Result>,
  ): Promise<Result> => {
    const at = keys.artifact(model, key)
    return calls.run(() => family.after(at, () => work(at)))
  }

  const put = async (artifact: NewArtifact, expected: number | ''): Promise<boolean> => {
    const { model, key, expiresAt, grantId } = artifact
    const payload = JSON.stringify(artifact.payload)
    return about(model, key, (at) =>
      confirm(async () => {
        const life = [expiresAt, ttl(expiresAt, now())]
        const owner = grantId === undefined ? [] : [grantId]
        // The index first: a crash between the two must not leave an artifact that its family does not know.
        const [, stored] = await Promise.all([
          grantId === undefined ? undefined : family.add(grantId, at, expiresAt),
          send('eval', PUT, 1, at, now(), expected, payload, ...life, ...owner),
        ])
        return stored === 1
      }),
    )
  }

  return {
    async put(artifact) {
      await put(artifact, '')
    },
    putIf: put,
    find: (model, key) =>
      about(model, key, async (at) => artifactFrom(await send('hmget', at, ...FIELDS), model, key, now())),
    consume: (model, key) =>
      about(model, key, (at) => confirm(async () => consumedFrom(await send('eval', CONSUME, 1, at, now())))),
    takeOnce: (model, key) =>
      about(model, key, (at) =>
        confirm(async () => artifactFrom(await send('eval', TAKE, 1, at, ...FIELDS), model, key, now())),
      ),
    remove: (model, key) =>
      about(model, key, (at) =>
        confirm(async () => {
          await send('del', at)
        }),
      ),
    removeFamily: (grantId) => calls.run((isOver) => family.remove(grantId, isOver)),
    mark: (kind, key, expiresAt) =>
      calls.run(() =>
        confirm(async () => {
          const life = [expiresAt, ttl(expiresAt, now())]
          return (await send('eval', MARK, 1, keys.mark(kind, key), now(), ...life)) === 1
        }),
      ),
  }
}
