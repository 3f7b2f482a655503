import type { Log } from '../../domain/observe.ts'
import { type ChangeTopic, changeTopics } from '../../domain/ports.ts'

export interface FeedParts {
  /** How often each topic was about to be changed, by any process. */
  intents(): Promise<Record<ChangeTopic, number>>
  /** Something of this topic may have changed. */
  notice(topic: ChangeTopic): void
  log: Pick<Log, 'warn'>
  /** Milliseconds between looks. */
  pollInterval: number
  /** Milliseconds of a clock that never jumps. */
  elapsed(): number
}

/** Milliseconds after its intent within which a change takes effect, or never: no call is given longer. */
const UNDER_WAY = 5_000
/**
 * Milliseconds without a look after which nothing in memory counts any more. While MongoDB is away nothing changes
 * there, but a process that alone cannot reach it may miss a change whose message was lost as well.
 */
const BLIND = 60_000

/**
 * The slow way on which a process learns of changes by others, where a message was lost. A writer counts its intent
 * before it writes, so that no crash between the two hides a change; a topic is then noticed at every look until the
 * change must have taken effect.
 *
 * @returns stops looking
 */
export const followIntents = async (parts: FeedParts): Promise<() => void> => {
  const { intents, notice, log, elapsed } = parts
  let known = await intents()
  let looked = elapsed()
  let isBlind = false
  const hotUntil = new Map<ChangeTopic, number>()

  const look = async (): Promise<void> => {
    const counts = await intents()
    looked = elapsed()
    isBlind = false
    for (const topic of changeTopics) {
      if (counts[topic] !== known[topic]) hotUntil.set(topic, looked + UNDER_WAY)
      if (looked < (hotUntil.get(topic) ?? 0)) notice(topic)
    }
    known = counts
  }
  const missed = (err: unknown): void => {
    if (elapsed() - looked < BLIND) return
    if (!isBlind) log.warn({ err }, 'changes cannot be followed; nothing in memory is relied on any more')
    isBlind = true
    for (const topic of changeTopics) notice(topic)
  }

  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    look()
      .catch(missed)
      .finally(() => {
        isLooking = false
      })
  }, parts.pollInterval)
  timer.unref()
  return () => clearInterval(timer)
}
