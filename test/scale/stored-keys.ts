import { Redis } from 'ioredis'

/** A key in Redis below the prefix of a deployment. */
export interface StoredKey {
  /** Without the prefix. */
  name: string
  /** `a:<model>` for an artifact, else the first word. */
  kind: string
  /** Milliseconds; -1 for one that lives for ever. */
  ttl: number
}

export interface StoredKeys {
  all(): Promise<StoredKey[]>
  /** What a family lists, with milliseconds at which it expires. */
  members(family: StoredKey): Promise<{ kind: string; expiresAt: number }[]>
  close(): void
}

/** @param url as in `REDIS_URL`, with a `prefix` */
export const storedKeys = (url: string): StoredKeys => {
  const { port, hostname, searchParams } = new URL(url)
  const prefix = searchParams.get('prefix') ?? ''
  const redis = new Redis(Number(port), hostname)
  return {
    async all() {
      const names = new Set<string>()
      for await (const some of redis.scanStream({ match: `${prefix}*`, count: 1000 }))
        for (const name of some) names.add(name)
      const keys = await Promise.all(
        [...names].map(async (name) => ({ name: name.slice(prefix.length), ttl: await redis.pttl(name) })),
      )
      // -2: gone since.
      return keys.filter(({ ttl }) => ttl !== -2).map((key) => ({ ...key, kind: kindOf(key.name) }))
    },
    async members({ name }) {
      const reply = await redis.zrange(prefix + name, '0', '-1', 'WITHSCORES')
      return reply.flatMap((member, at) =>
        at % 2 === 1 ? [] : [{ kind: kindOf(member.slice(prefix.length)), expiresAt: Number(reply[at + 1]) }],
      )
    },
    close: () => redis.disconnect(),
  }
}

const kindOf = (name: string): string => /^(a:\w+|[a-z]+)/.exec(name)?.[0] ?? name
