import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '../../test/support/fault-proxy.ts'
import { connection } from './chain.ts'
import { median } from './measured.ts'
import { authorize, clientCredentials, exchange, introspect, refresh, signedIn, userinfo } from './sign-in.ts'

/** The most that a request may wait for Redis, one wait after the other. */
export interface RoundTrips {
  name: string
  goal: number | undefined
  serial: number
}

const REPEATS = 9
/** Milliseconds until nothing of a request is under way any more. */
const SETTLED = 20

/**
 * Counts how often Redis is asked anew after it has answered, while a server handles one request at a time.
 *
 * @param redis the wire between them
 */
export const countRoundTrips = async (
  base: string,
  redis: Pick<FaultProxy, 'bursts'>,
): Promise<RoundTrips[]> => {
  const { send, cookie, tokens } = await signedIn(base)
  const count = async (name: string, goal: number | undefined, step: () => Promise<unknown>) => {
    const counts: number[] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      await sleep(SETTLED)
      const before = redis.bursts()
      await step()
      counts.push(redis.bursts() - before)
    }
    return { name, goal, serial: median(counts) }
  }
  let { refreshToken } = tokens
  const codes: string[] = []
  return [
    await count('introspection', 2, () => introspect(send, tokens.accessToken)),
    await count('userinfo', 2, () => userinfo(send, tokens.accessToken)),
    await count('client credentials, JWT', undefined, () => clientCredentials(connection(base))),
    await count('refresh with rotation', 4, async () => {
      refreshToken = (await refresh(send, refreshToken)).refreshToken
    }),
    await count('authorize', undefined, async () => codes.push(await authorize(send, cookie))),
    await count('code exchange', 4, () => exchange(send, codes.pop() ?? '')),
  ]
}
