import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, it } from 'vitest'
import { seed } from '../flows/subject.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningServer, type ServerOptions, startServer } from '../support/server.ts'
import { contradictions, noFacts } from './facts.ts'
import { gather } from './load.ts'

/** Crashes of each of two servers, which are tested side by side: most of the time one waits. */
const ROUNDS = process.env.LONG === '1' ? 250 : 25
/** The facts of so many rounds are checked once more at the end: they have been through all the other crashes. */
const EARLY = 10
/** Facts acknowledged before a crash, at most, and milliseconds after the last of them. */
const [MOST, LATER] = [40, 10]

const env = {
  ARGON2_MEMORY: '128',
  ARGON2_TIME: '1',
  LIMIT_REGISTRATION_PREFIX: '1000000',
  REFRESH_GRACE: '300',
}

const started: RunningServer[] = []
const start = async (options: ServerOptions): Promise<RunningServer> => {
  const server = await startServer(options)
  started.push(server)
  return server
}
afterAll(() => Promise.all(started.map(({ kill }) => kill())))

/** Kills the server while others wait for its answers. */
const crashAfter = ({ kill }: RunningServer, count: number): (() => void) => {
  let left = count
  return () => {
    left -= 1
    if (left === 0) setTimeout(kill, Math.random() * LATER)
  }
}

const integrity = (home: string): unknown => {
  const db = new DatabaseSync(join(home, 'data/gatehouse.sqlite'), { readOnly: true })
  try {
    return db.prepare('pragma integrity_check').get()?.integrity_check
  } finally {
    db.close()
  }
}

const name = `R-13 keeps every acknowledged fact through ${ROUNDS} crashes under load, and starts in less than two seconds`

it.concurrent.each(['one server', 'another'])(
  `${name}: %s`,
  async () => {
    const place = { seed, env, port: await freePort() }
    let server = await start(place)
    const crowd = await gather(server.issuer)
    const early = noFacts()
    const starts: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const facts = noFacts()
      await crowd.work(facts, crashAfter(server, 1 + Math.floor(Math.random() * MOST)))
      await server.ended
      const before = performance.now()
      server = await start({ ...place, home: server.home })
      starts.push(performance.now() - before)
      expect(await contradictions(server.issuer, facts), `after crash ${round}`).toEqual([])
      if (round >= EARLY) continue
      for (const kind of ['revoked', 'ended'] as const) early[kind].push(...facts[kind])
      early.accounts.push(...facts.accounts)
    }
    for (const kind of ['revoked', 'ended', 'accounts'] as const) expect(early[kind]).not.toEqual([])
    expect(await contradictions(server.issuer, early)).toEqual([])
    expect(await server.stop()).toBe(0)
    expect(integrity(server.home)).toBe('ok')
    // The quickest, for other tests may be running beside.
    expect(Math.min(...starts)).toBeLessThan(2000)
  },
  1_800_000,
)
