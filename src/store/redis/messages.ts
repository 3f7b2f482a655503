import type { Redis } from 'ioredis'
import { type ChangeTopic, changeTopics } from '../../domain/ports.ts'

/** Milliseconds: how soon a lost connection is made anew, and how often a silent one is asked whether it lives. */
const PAUSE = 200
const HEARTBEAT = 1000

const nothing = (): void => undefined

export interface Messages {
  onTopic(listener: ChangeListener): () => void
  close(): void
}

/** Something of a topic has changed; `id` tells which record, undefined that it may be any. */
export type ChangeListener = (topic: ChangeTopic, id: string | undefined) => void

/** The text of a message: its sender knows already. */
export const messageOf = (topic: ChangeTopic, id: string, sender: string): string =>
  `${topic} ${sender} ${id}`

export interface MessagesParts {
  channel: string
  /** Whose messages are not listened to. */
  self: string
  /** Makes a connection that ends when it is lost; `attempt` counts up. */
  connect(attempt: number): Redis
}

/**
 * Hears what other processes publish on the channel. While the connection is away messages are lost, so when it is there
 * again the listeners are told every topic once.
 */
export const messages = ({ channel, self, connect }: MessagesParts): Messages => {
  const listeners = new Set<ChangeListener>()
  const tell = (topic: ChangeTopic, id?: string): void => {
    for (const listener of listeners) listener(topic, id)
  }
  let present: Redis
  let again: NodeJS.Timeout | undefined
  let isClosed = false
  let wasSubscribed = false

  const subscribe = (redis: Redis): void => {
    redis.subscribe(channel).then(
      () => {
        if (wasSubscribed) for (const topic of changeTopics) tell(topic)
        wasSubscribed = true
      },
      () => redis.disconnect(),
    )
  }

  const open = (attempt: number): Redis => {
    const redis = connect(attempt)
    // That Redis is out of reach is told by the connection for commands.
    redis.on('error', nothing)
    redis.on('message', (_, text) => {
      const [word, sender, ...id] = text.split(' ')
      const topic = changeTopics.find((one) => one === word)
      if (topic && sender !== self) tell(topic, id.join(' '))
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
