import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deployment, scaleSettings, startDeployment } from '../support/deployment.ts'
import { newHome } from '../support/home.ts'
import { launchServer, type RunningServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'
import { first, push, second, storeless } from './endpoints.ts'
import { type Made, make, seedOfFaults } from './made.ts'
import { askAll, askInTurn, isDone, lines, type Outcome, recover, SOON, send, slow } from './outage.ts'
import { countKeys, startWires, type Wires } from './wires.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'warn' }
/** A fresh outage each: on a busy machine the quickest one tells what the server does. */
const ROUNDS = 3

const statusOf = async (url: string): Promise<number> => {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status ?? 0
}

const untilLive = async ({ issuer, ended, output }: Omit<RunningServer, 'pid'>): Promise<void> => {
  const dead = ended.then(() => Promise.reject(new Error(output())))
  const live = expect.poll(() => statusOf(`${issuer}/livez`), { timeout: 20_000 }).toBe(200)
  await Promise.race([live, dead])
}

const residentMegabytes = ({ pid }: { pid: number }): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

describe.skipIf(!services())('Redis away at the start', () => {
  it.each(['cut', 'blackhole'] as const)(
    'R-01 the server starts, serves what needs no store, and is whole when Redis comes (%s)',
    async (fault) => {
      const wires = await startWires()
      await wires.redis[fault]()
      const home = newHome()
      const server = await launchServer({
        home,
        seed: seedOfFaults,
        env: { ...scaleSettings(home), ...wires.stores, ...env },
      })
      try {
        await untilLive(server)
        expect(await statusOf(`${server.issuer}/readyz`)).toBe(503)
        const landing = await (await fetch(server.issuer)).text()
        const assets = [...landing.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
        expect(assets.length).toBeGreaterThan(0)
        for (const path of [...storeless, ...assets])
          expect([path, await statusOf(server.issuer + path)]).toEqual([path, 200])
        expect(await recover(wires.redis, server.issuer)).toBeLessThan(SOON)
        expect(await statusOf(`${server.issuer}/readyz`)).toBe(200)
        expect(await server.stop()).toBe(0)
      } finally {
        await server.stop()
        await wires.stop()
      }
    },
  )
})

describe.skipIf(!services())('Redis away under traffic', () => {
  let wires: Wires
  let on: Deployment
  let made: Made
  /** Of another person's browser and application: for the requests that contradict the others. */
  let other: Made
  beforeAll(async () => {
    wires = await startWires()
    on = await startDeployment({ seed: seedOfFaults, env, processes: 2, stores: wires.stores })
    made = await make(on.issuer)
    other = await make(on.issuer)
  })
  afterAll(async () => {
    await on?.stop()
    await wires?.stop()
  })

  it.each(['blackhole', 'cut'] as const)(
    'R-02 every endpoint and page says "later" soon, and a whole flow passes soon after (%s)',
    async (fault) => {
      const rounds: Outcome[] = []
      const recoveries: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        await wires.redis[fault]()
        rounds.push(...(await Promise.all([askAll(first, made), askAll(second, other)])).flat())
        recoveries.push(await recover(wires.redis, on.issuer))
      }
      expect(lines(rounds)).toEqual([])
      expect(slow(rounds)).toEqual([])
      expect(Math.min(...recoveries)).toBeLessThan(SOON)
    },
  )

  it('R-02 what needs no store is served all the while', async () => {
    await wires.redis.blackhole()
    for (const path of storeless) expect([path, await statusOf(on.issuer + path)]).toEqual([path, 200])
    await recover(wires.redis, on.issuer)
  })

  it('R-02 500 requests in an outage leave nothing behind: no memory, nothing done later', async () => {
    const before = on.processes.map(residentMegabytes)
    const pushed = await countKeys(wires.direct, 'PushedAuthorizationRequest')
    await wires.redis.blackhole()
    for (let sent = 0; sent < 500; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, async () => send(await push(made))))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    }
    await recover(wires.redis, on.issuer)
    expect(await countKeys(wires.direct, 'PushedAuthorizationRequest')).toBe(pushed)
    // A queue that kept each request with its sockets and contexts would need far more; a young heap grows by this much.
    for (const [index, process] of on.processes.entries())
      expect(residentMegabytes(process) - (before[index] ?? 0)).toBeLessThan(100)
  })

  it('R-03 after all that every refused request succeeds: it had done nothing', async () => {
    const outcomes = [...(await askInTurn(first, made)), ...(await askInTurn(second, other))]
    expect(lines(outcomes.filter((outcome) => !isDone(outcome)))).toEqual([])
  })

  it('R-02 requests under way when Redis goes are answered, or say "later"', async () => {
    const seen: Outcome[] = []
    for (const after of [30, 120, 250, 400]) {
      const fresh = await make(on.issuer)
      await wires.redis.delay(60)
      const asked = askAll(first, fresh)
      await sleep(after)
      await wires.redis.blackhole()
      seen.push(...(await asked))
      await recover(wires.redis, on.issuer)
    }
    // At the same time some contradict each other, and are refused for that.
    const wrong = seen.filter(({ status }) => status === 0 || status >= 500)
    expect(lines(wrong)).toEqual([])
    expect(seen.some(isDone)).toBe(true)
    expect(seen.some(({ status }) => status === 503)).toBe(true)
  })
})
