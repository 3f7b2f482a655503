import type { Redis } from 'ioredis'
import type { ChangeTopic } from '../../domain/ports.ts'

/** Milliseconds: how soon a lost connection is made anew, and how often a silent one is asked whether it lives. */
const PAUSE = 200
const HEARTBEAT = 1000

const TOPICS: readonly ChangeTopic[] = ['clients', 'documents', 'accounts']

const nothing = (): void => undefined

export interface Messages {
  onTopic(listener: (topic: ChangeTopic) => void): () => void
  close(): void
}

/**
 * Hears what any process published on the channel. While the connection is away messages are lost, so after each
 * subscription the listeners are told every topic once.
 *
 * @param connect makes a connection that ends when it is lost; `attempt` counts up
 */
export const messages = (channel: string, connect: (attempt: number) => Redis): Messages => {
  const listeners = new Set<(topic: ChangeTopic) => void>()
  const tell = (topic: ChangeTopic): void => {
    for (const listener of listeners) listener(topic)
  }
  let present: Redis
  let again: NodeJS.Timeout | undefined
  let isClosed = false

  const subscribe = (redis: Redis): void => {
    redis.subscribe(channel).then(
      () => TOPICS.forEach(tell),
      () => redis.disconnect(),
    )
  }

  const open = (attempt: number): Redis => {
    const redis = connect(attempt)
    // That Redis is out of reach is told by the connection for commands.
    redis.on('error', nothing)
    redis.on('message', (_, text) => {
      const topic = TOPICS.find((one) => one === text)
      if (topic) tell(topic)
    })
    redis.once('ready', () => subscribe(redis))
    redis.once('end', () => {
      if (isClosed) return
      again = setTimeout(() => {
        present = open(attempt + 1)
      }, PAUSE)
    })
    return redis
  }

  present = open(0)
  const heartbeat = setInterval(() => void present.ping().catch(nothing), HEARTBEAT)
  heartbeat.unref()

  return {
    onTopic(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close() {
      isClosed = true
      clearInterval(heartbeat)
      clearTimeout(again)
      present.disconnect()
    },
  }
}
