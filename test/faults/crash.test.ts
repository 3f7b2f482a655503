import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, it } from 'vitest'
import { seed } from '../flows/subject.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { contradictions, noFacts } from './facts.ts'
import { gather } from './load.ts'

const ROUNDS = process.env.LONG === '1' ? 500 : 50
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

let server: RunningServer
afterAll(() => server?.kill())

/** Kills the server while others wait for its answers. */
const crashAfter = (count: number): (() => void) => {
  const { kill } = server
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

it(`R-13 keeps every acknowledged fact through ${ROUNDS} crashes under load, and starts in less than two seconds`, async () => {
  const place = { seed, env, port: await freePort() }
  server = await startServer(place)
  const crowd = await gather(server.issuer)
  const early = noFacts()
  const starts: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const facts = noFacts()
    await crowd.work(facts, crashAfter(1 + Math.floor(Math.random() * MOST)))
    await server.ended
    const before = performance.now()
    server = await startServer({ ...place, home: server.home })
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
}, 1_800_000)
