import { SLACK } from './keys.ts'
import type { Parts } from './parts.ts'
import { list, text } from './reply.ts'
import { ADD_TO_FAMILY, REMOVE_OF_FAMILY } from './scripts.ts'

/** Members read or removed by one pipeline. */
const CHUNK = 500

interface Removal {
  /** Settles when all members are known. */
  known: Promise<void>
  members: Set<string>
  /** Settles when all members are gone. */
  done: Promise<void>
}

/**
 * Which artifacts a grant has given: a sorted set of their keys by expiry. Removing a family takes several commands,
 * on several nodes of a cluster; the calls of this process that come after it wait for it, and only those that are
 * about its members for the whole of it. When no removal is under way nothing waits.
 */
export const families = ({ calls, confirm, keys, now }: Parts) => {
  const { send } = calls
  const removals = new Set<Removal>()

  const afterMember = async (key: string): Promise<void> => {
    for (const removal of [...removals]) {
      await removal.known
      if (removal.members.has(key)) await removal.done
    }
  }

  const afterAll = async (): Promise<void> => {
    await Promise.all([...removals].map(({ done }) => done))
  }

  const read = async (grantId: string, members: Set<string>, isOver: () => boolean): Promise<void> => {
    for (let from = 0; !isOver(); from += CHUNK) {
      const found = list(await send('zrange', keys.family(grantId), from, from + CHUNK - 1))
      for (const member of found) members.add(text(member))
      if (found.length < CHUNK) return
    }
  }

  const clear = async (grantId: string, members: string[], isOver: () => boolean): Promise<void> => {
    for (let from = 0; from < members.length && !isOver(); from += CHUNK) {
      const chunk = members.slice(from, from + CHUNK)
      await confirm(() =>
        Promise.all(chunk.map((member) => send('eval', REMOVE_OF_FAMILY, 1, member, grantId))),
      )
      await send('zrem', keys.family(grantId), ...chunk)
    }
  }

  const remove = (grantId: string, isOver: () => boolean): Promise<void> => {
    const members = new Set<string>()
    const known =
      removals.size === 0
        ? read(grantId, members, isOver)
        : afterAll().then(() => read(grantId, members, isOver))
    const work = known.then(() => clear(grantId, [...members], isOver))
    const removal = { known: settled(known), members, done: settled(work) }
    removals.add(removal)
    // In a later turn, so that a call never overtakes one that has waited.
    removal.done.then(() => setImmediate(() => removals.delete(removal)))
    return removal.done.then(() => work)
  }

  return {
    /** Runs `work` on an artifact's key, after the removals called before. */
    after: <Result>(key: string, work: () => Promise<Result>): Promise<Result> =>
      removals.size === 0 ? work() : afterMember(key).then(work),
    add: (grantId: string, key: string, expiresAt: number): Promise<unknown> =>
      send('eval', ADD_TO_FAMILY, 1, keys.family(grantId), now(), expiresAt, key, SLACK),
    /** Removes all members; what is left when the time is over is removed by the next try, or expires. */
    remove,
  }
}

const settled = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => undefined,
    () => undefined,
  )
