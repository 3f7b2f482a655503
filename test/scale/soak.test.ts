import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seed } from '../flows/subject.ts'
import { scaleSettings } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { type RoundRobin, startRoundRobin } from '../support/round-robin.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'
import { settingsBeside } from './beside.ts'
import { startCrowd, type Told } from './life.ts'
import { type Memory, memoryOf } from './memory.ts'
import { forCrowds, isLong } from './settings.ts'
import { type StoredKey, type StoredKeys, storedKeys } from './stored-keys.ts'

/** Seconds of traffic, and between two looks. */
const LASTS = isLong ? 600 : 20
const LOOK = isLong ? 5 : 1
const CROWD = { visitors: 8, members: 0, chains: 4, newcomers: 1, links: 3 }
/** Growth of memory from the second quarter to the last: a process that has just started grows into its work. */
const GROWTH = isLong ? { factor: 1.15, mebibytes: 16 } : { factor: 1.5, mebibytes: 64 }

/** Lives in seconds, so short that much expires while the traffic goes on. */
const LIVES = {
  TTL_ACCESS_TOKEN: 2,
  TTL_AUTHORIZATION_CODE: 2,
  TTL_INTERACTION: 4,
  TTL_SESSION: 3,
  TTL_SESSION_ABSOLUTE: 3,
  TTL_REFRESH_TOKEN: 3,
  TTL_REFRESH_TOKEN_ABSOLUTE: 4,
  REFRESH_GRACE: 1,
}
/** Seconds for which codes and refresh tokens are kept beyond their life, to tell that they are over. */
const KEPT = 30
const DAY = 86_400
/** The longest life of each kind of key in seconds; there must be no other kind. */
const LONGEST: Readonly<Record<string, number>> = {
  'a:AccountSessions': LIVES.TTL_REFRESH_TOKEN_ABSOLUTE,
  'a:EmailProof': DAY,
  'a:KnownDevice': 365 * DAY,
  'a:LastUse': 400 * DAY,
  'a:AccessToken': LIVES.TTL_ACCESS_TOKEN,
  'a:AuthorizationCode': LIVES.TTL_AUTHORIZATION_CODE + KEPT,
  'a:Grant': LIVES.TTL_SESSION_ABSOLUTE + LIVES.TTL_REFRESH_TOKEN_ABSOLUTE,
  'a:Interaction': LIVES.TTL_INTERACTION,
  'a:Progress': LIVES.TTL_INTERACTION,
  'a:RefreshResponse': LIVES.REFRESH_GRACE,
  'a:RefreshToken': LIVES.TTL_REFRESH_TOKEN + KEPT,
  'a:Session': LIVES.TTL_INTERACTION,
  'a:SessionId': LIVES.TTL_INTERACTION,
  c: 3600,
  f: LIVES.TTL_REFRESH_TOKEN + KEPT,
  processes: 30,
}
/** Seconds that a key outlives what it holds. */
const SLACK = 1

const longest = (kind: string): number => LONGEST[kind] ?? 0
/** So many of them that the second quarter has as many as there will ever be at once. */
const steady = Object.keys(LONGEST).filter((kind) => longest(kind) + SLACK < LASTS / 2)

interface Sample {
  keys: StoredKey[]
  memory: Memory[]
}

const quarters = (samples: Sample[]): [second: Sample[], last: Sample[]] => {
  const quarter = samples.length / 4
  return [samples.slice(quarter, 2 * quarter), samples.slice(3 * quarter)]
}
const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
const count = ({ keys }: Sample, kind: string): number => keys.filter((key) => key.kind === kind).length
const most = (samples: Sample[], kind: string) => Math.max(...samples.map((sample) => count(sample, kind)))
/** MiB of each process: the middle of what is resident, and the least of the heap, which is what a collection leaves. */
const memoryIn = (samples: Sample[]): Memory[] =>
  (samples[0]?.memory ?? []).map((_, process) => {
    const ofProcess = samples.flatMap(({ memory }) => memory.slice(process, process + 1))
    return {
      resident: Math.round(median(ofProcess.map(({ resident }) => resident))),
      heap: Math.round(Math.min(...ofProcess.map(({ heap }) => heap))),
    }
  })

interface Managed extends RunningServer {
  managementPort: number
}
let managed: Managed[]
let proxy: RoundRobin
let stored: StoredKeys

/** Members of families that had expired when something was last added. */
const leftBehind = async (keys: StoredKey[]): Promise<string[]> => {
  const left: string[] = []
  for (const family of keys.filter(({ kind }) => kind === 'f')) {
    const members = await stored.members(family)
    // Nothing lives for longer, so it was not added before.
    const added = members.map(({ kind, expiresAt }) => expiresAt - longest(kind) * 1000)
    const old = members.filter(({ expiresAt }) => expiresAt < Math.max(...added))
    left.push(...old.map(({ kind }) => `${kind} in ${family.name}`))
  }
  return left
}

const work = async (): Promise<{ told: Told; samples: Sample[] }> => {
  const crowd = await startCrowd(`http://localhost:${proxy.port}`, CROWD)
  const samples: Sample[] = []
  for (let second = 0; second < LASTS; second += LOOK) {
    await sleep(LOOK * 1000)
    const memory = await Promise.all(managed.map(({ pid, managementPort }) => memoryOf(pid, managementPort)))
    samples.push({ keys: await stored.all(), memory })
  }
  await crowd.end()
  return { told: crowd.told, samples }
}

describe.skipIf(!services())('R-24 traffic that goes on and on', () => {
  beforeAll(async () => {
    const place = { home: newHome(), port: await freePort() }
    const lives = Object.entries(LIVES).map(([name, seconds]) => [name, String(seconds)])
    const env = {
      ...settingsBeside({ ...place, issuer: `http://localhost:${place.port}` }),
      ...forCrowds,
      ...Object.fromEntries(lives),
      TRUST_PROXY: '1',
    }
    const start = async (): Promise<Managed> => {
      const [port, managementPort] = [await freePort(), await freePort()]
      const own = { PORT: String(port), MANAGEMENT_PORT: String(managementPort) }
      const server = await startServer({ home: place.home, port, seed, env: { ...env, ...own } })
      return { ...server, managementPort }
    }
    managed = await Promise.all([start(), start(), start()])
    proxy = await startRoundRobin(
      managed.map(({ port }) => port),
      place.port,
    )
    stored = storedKeys(scaleSettings(place.home).REDIS_URL ?? '')
  })
  afterAll(async () => {
    stored?.close()
    await Promise.all((managed ?? []).map((server) => server.stop()))
    await proxy?.stop()
  })

  it(`leaves nothing that does not expire and grows no more (${LASTS} seconds)`, async () => {
    const { told, samples } = await work()
    const [second, last] = quarters(samples)
    const [before, after] = [memoryIn(second), memoryIn(last)]
    const kinds = Object.keys(LONGEST).map((kind) => [kind, most(second, kind), most(last, kind)])
    console.info(
      `R-24, second quarter and last: ${JSON.stringify({ flows: told.flows, kinds, before, after })}`,
    )

    const keys = samples.flatMap((sample) => sample.keys)
    expect(keys.filter(({ ttl }) => ttl < 0)).toEqual([])
    expect(keys.filter(({ kind, ttl }) => ttl > (longest(kind) + SLACK) * 1000)).toEqual([])
    for (const kind of steady) expect(most(last, kind), kind).toBeLessThan(1.5 * most(second, kind) + 30)
    expect(await leftBehind(await stored.all())).toEqual([])
    for (const [process, { resident, heap }] of after.entries()) {
      const was = before[process] ?? { resident: 0, heap: 0 }
      expect(resident).toBeLessThan(GROWTH.factor * was.resident + GROWTH.mebibytes)
      expect(heap).toBeLessThan(GROWTH.factor * was.heap + GROWTH.mebibytes)
    }
    // A refresh token may expire under who is slow; nothing else goes wrong.
    expect(told.failures.filter(({ status }) => status !== 400)).toEqual([])
  }, 1_200_000)
})
