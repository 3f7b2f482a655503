import { type ChangeTopic, changeTopics } from '../domain/ports.ts'

export interface Changes {
  /** What is under way changes this topic. */
  touch(topic: ChangeTopic): void
  touchAll(): void
  /** Calls the listeners for what was touched since the last call. */
  publish(): void
  listen(listener: (topic: ChangeTopic) => void): () => void
}

export const changes = (): Changes => {
  const listeners = new Set<(topic: ChangeTopic) => void>()
  const touched = new Set<ChangeTopic>()
  return {
    touch: (topic) => void touched.add(topic),
    touchAll() {
      for (const topic of changeTopics) touched.add(topic)
    },
    publish() {
      if (touched.size === 0) return
      const topics = [...touched]
      touched.clear()
      for (const topic of topics) for (const listener of listeners) listener(topic)
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
