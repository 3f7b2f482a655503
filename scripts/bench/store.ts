import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/store/index.ts'

/** Operations under way at once, like requests of as many connections. */
const IN_FLIGHT = 32
const KEYS = 40_000
const PAYLOAD = { kind: 'AccessToken', iat: 1_767_225_600, exp: 1_767_226_200, filler: 'x'.repeat(420) }

const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const commits: number[] = []
const store = await openStore({
  dataDir,
  role: 'server',
  now: Date.now,
  log: silent,
  metrics: { store: (_operation, seconds) => commits.push(seconds) },
})
const { artifacts, counters } = store
const expiresAt = Date.now() + 600_000
const keys = Array.from({ length: KEYS }, () => randomBytes(32).toString('base64url'))
const key = (index: number): string => keys[index % KEYS] ?? ''

/** Runs `work` `count` times, `IN_FLIGHT` at once, and prints the rate. */
const measure = async (
  name: string,
  count: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> => {
  let next = 0
  commits.length = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  const micros = (used.user + used.system) / count
  const sorted = commits.toSorted((one, other) => one - other)
  const worst = sorted[Math.floor(sorted.length * 0.99)] ?? 0
  console.log(
    `${name.padEnd(34)} ${Math.round(count / seconds)}/s, ${micros.toFixed(1)} µs CPU each` +
      (sorted.length === 0 ? '' : `, ${sorted.length} commits, p99 ${(worst * 1000).toFixed(1)} ms`),
  )
}

const put = (index: number, grantId: string | undefined): Promise<void> =>
  artifacts.put({ model: 'AccessToken', key: key(index), payload: PAYLOAD, expiresAt, grantId })

await measure('put, new, without grant', KEYS, (n) => put(n, undefined))
await measure('put, over, with grant', KEYS, (n) => put(n, key(n + 7)))
await measure('find, hot', 400_000, (n) => artifacts.find('AccessToken', key(KEYS - 1 - (n % 1000))))
await measure('find, each record once', KEYS, (n) => artifacts.find('AccessToken', key(n)))
await measure('find, absent', 200_000, (n) => artifacts.find('RefreshToken', key(n % 1000)))
await measure('consume', KEYS, (n) => artifacts.consume('AccessToken', key(n)))
await measure('counter', KEYS, (n) => counters.increment(key(n % 5000), 900_000))
await measure('removeFamily', KEYS, (n) => artifacts.removeFamily(key(n + 7)))
await store.close()
rmSync(dataDir, { recursive: true })
