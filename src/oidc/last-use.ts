import { z } from 'zod'
import { digest } from '../domain/digest.ts'
import type { ArtifactStore, Clock } from '../domain/ports.ts'

/** When a person last used an application; exact to the hour. */
export interface LastUse {
  /** Remembers a use, soon, and if it is news: nobody waits for it. */
  used(sub: string, clientId: string): void
  /** Milliseconds. */
  of(sub: string, clientId: string): Promise<number | undefined>
  forget(sub: string, clientId: string): Promise<void>
}

export interface LastUseParts {
  artifacts: Pick<ArtifactStore, 'put' | 'find' | 'remove'>
  now: Clock
  afterwards: (work: () => Promise<unknown>) => void
}

const MODEL = 'LastUse'
/** Milliseconds. */
const KEPT = 400 * 24 * 3_600_000
const Stored = z.object({ at: z.number() })

const keyOf = (sub: string, clientId: string): string => digest(JSON.stringify([sub, clientId]))

export const lastUse = ({ artifacts, now, afterwards }: LastUseParts): LastUse => {
  const isNews = onceAnHour(now)
  return {
    used(sub, clientId) {
      const key = keyOf(sub, clientId)
      if (!isNews(key)) return
      const at = now()
      afterwards(() =>
        artifacts.put({ model: MODEL, key, payload: { at }, expiresAt: at + KEPT, grantId: undefined }),
      )
    },
    async of(sub, clientId) {
      const found = await artifacts.find(MODEL, keyOf(sub, clientId))
      return found && Stored.safeParse(found.payload).data?.at
    },
    forget: (sub, clientId) => artifacts.remove(MODEL, keyOf(sub, clientId)),
  }
}

const HOUR = 3_600_000
/** Names that one process remembers. */
const MOST_NAMES = 10_000

/** True for a name once an hour, as far as this process remembers. */
export const onceAnHour = (now: Clock): ((name: string) => boolean) => {
  const seen = new Map<string, number>()
  return (name) => {
    const last = seen.get(name)
    if (last !== undefined && now() - last < HOUR) return false
    seen.delete(name)
    seen.set(name, now())
    const [oldest] = seen.keys()
    if (seen.size > MOST_NAMES && oldest !== undefined) seen.delete(oldest)
    return true
  }
}
