import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isScale } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import type { RunningServer } from '../support/server.ts'
import { post as form, kim, service, startSubject } from './subject.ts'

const isLong = process.env.LONG === '1'

/** The long form is R-19 as it stands, with the settings of a fresh server; the short one is the same in small. */
const LOGINS = isLong ? 1_000 : 150
const QUEUE = isLong ? 175 : 8
const CONCURRENCY = 1
const PROCESSES = isScale ? 3 : 1
/** Milliseconds for the slowest refusal, on a machine that runs other tests as well; the ratio below says more. */
const QUICK = 10_000
const MOST_RESIDENT = 512
/** Milliseconds between two looks at a server that has enough to do. */
const LOOK = 20

let server: RunningServer
beforeAll(async () => {
  server = await startSubject({
    env: {
      MANAGEMENT_PORT: String(await freePort()),
      HASH_CONCURRENCY: String(CONCURRENCY),
      HASH_QUEUE: String(QUEUE),
      LIMIT_SIGN_IN_ACCOUNT_PREFIX: '100000',
      LIMIT_SIGN_IN_ACCOUNT: '100000',
      LIMIT_SIGN_IN_PREFIX: '100000',
    },
  })
})
afterAll(() => server?.stop())

interface Timed {
  status: number
  retryAfter: number
  code: unknown
  /** Milliseconds. */
  taken: number
}

const login = async (email: string): Promise<Timed> => {
  const started = performance.now()
  const answer = await fetch(`${server.issuer}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: kim.password }),
  })
  const { code } = JSON.parse(await answer.text())
  const taken = performance.now() - started
  return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after')), code, taken }
}

const pids = (): number[] =>
  'processes' in server && Array.isArray(server.processes)
    ? server.processes.map(({ pid }) => Number(pid))
    : [server.pid]

/** MiB of the largest process. */
const resident = (): number =>
  Math.max(
    ...pids().map(
      (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    ),
  )

/** The longest queue of any process. */
const longestQueue = async (): Promise<number> => {
  const lengths = await Promise.all(
    server.managementPorts.map(async (port) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return Number(/^gatehouse_password_hash_queue (\d+)$/m.exec(text)?.[1])
    }),
  )
  return Math.max(...lengths)
}

/** Looks again and again until the work is done; gives what was seen. */
const meanwhile = async <Seen>(work: Promise<unknown>, look: () => Promise<Seen>): Promise<Seen[]> => {
  const seen: Seen[] = []
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  while (!isDone) {
    seen.push(await look())
    await sleep(LOOK)
  }
  await done
  return seen
}

it('R-19 hashes as many passwords as it can of a crowd, refuses the rest at once, and works on meanwhile', async () => {
  expect((await login(kim.login)).status).toBe(200)
  const before = resident()
  // Half of them have an account, half have not: the same cost, and one account is no bottleneck of its own.
  const crowd = Promise.all(
    Array.from({ length: LOGINS }, (_, at) => login(at % 2 === 0 ? kim.login : `nobody-${at}@example.com`)),
  )
  const token = {
    grant_type: 'client_credentials',
    resource: 'https://orders.example/api',
    scope: 'orders:write',
  }
  const [tokens, queues, sizes] = await Promise.all([
    meanwhile(crowd, async () => (await form(server, '/oauth2/token', token, service)).status),
    meanwhile(crowd, longestQueue),
    meanwhile(crowd, async () => resident()),
  ])
  const answers = await crowd

  const admitted = answers.filter(({ status }) => status === 200 || status === 401)
  const refused = answers.filter(({ status }) => status === 503)
  expect(admitted.length + refused.length).toBe(LOGINS)
  expect(admitted.length).toBeGreaterThanOrEqual(QUEUE + CONCURRENCY)
  expect(refused.filter(({ code }) => code === 'busy').length).toBeGreaterThan(LOGINS / 4)
  for (const { code, retryAfter } of refused) {
    // Where the machine itself has no time left, a store may seem to be away.
    expect(['busy', 'store_unavailable']).toContain(code)
    expect(retryAfter).toBeGreaterThan(0)
  }
  const slowest = (those: Timed[]): number => Math.max(...those.map(({ taken }) => taken))
  expect(slowest(refused)).toBeLessThan(QUICK)
  // Nobody who is refused waits for hashes: the whole crowd would have needed this long.
  const everybody = (slowest(admitted) / admitted.length) * LOGINS
  expect(slowest(refused)).toBeLessThan(everybody / 2)

  expect(tokens.length).toBeGreaterThan(5)
  expect(tokens.filter((status) => status === 200).length).toBeGreaterThan(tokens.length * 0.9)
  expect(Math.max(...queues)).toBeGreaterThan(0)
  expect(Math.max(...queues)).toBeLessThanOrEqual(QUEUE)
  expect(Math.max(...sizes, before)).toBeLessThan(MOST_RESIDENT)

  expect((await login(kim.login)).status).toBe(200)
  expect(await longestQueue()).toBe(0)
  if (isLong) console.log(report({ admitted, refused, tokens: tokens.length, resident: Math.max(...sizes) }))
})

const report = (seen: { admitted: Timed[]; refused: Timed[]; tokens: number; resident: number }): string => {
  const [admitted = [], refused = []] = [seen.admitted, seen.refused].map((those) =>
    those.map(({ taken }) => Math.round(taken)).toSorted((one, other) => one - other),
  )
  const at = (times: number[], part: number) => times[Math.floor((times.length - 1) * part)]
  return [
    `R-19: ${LOGINS} logins at once, ${PROCESSES} process(es)`,
    `${admitted.length} hashed, the last after ${at(admitted, 1)} ms`,
    `${refused.length} refused, p50 ${at(refused, 0.5)} ms, p99 ${at(refused, 0.99)} ms, the last after ${at(refused, 1)} ms`,
    `${seen.tokens} tokens meanwhile, one after the other`,
    `resident ${Math.round(seen.resident)} MiB at most`,
  ].join('; ')
}
