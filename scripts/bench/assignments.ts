import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMongo } from '../../test/support/services/mongo.ts'
import { startRedis } from '../../test/support/services/redis.ts'
import { allowedRequest } from './decisions.ts'
import type { BenchOptions } from './embedded.ts'
import { EACH, giveAssignments, questionAbout } from './many-assignments.ts'
import { type Measured, median, medianOf } from './measured.ts'
import { print } from './print.ts'
import { type BenchServer, startOurs } from './servers.ts'
import { measureFixed } from './wrk.ts'

const [FEW, MANY] = [50, 5000]
const GOAL = 2
/** Milliseconds until a server has noticed what was written beside it. */
const NOTICED = 1500

type Holding = BenchServer & { holders: number }

const holding = async (holders: number, settings: Record<string, string>): Promise<Holding> => {
  const server = await startOurs(undefined, settings)
  const started = performance.now()
  await giveAssignments(server, holders, settings)
  await sleep(NOTICED)
  const seconds = (performance.now() - started - NOTICED) / 1000
  print(`${holders * EACH} assignments`, '', `made in ${seconds.toFixed(1)} s`)
  return { ...server, holders }
}

interface Figures extends Measured {
  micros: number
}

/** Questions about the first `asked` accounts, in turn. */
const runOf = async (
  { base, cpu }: Holding,
  asked: number,
  { load }: BenchOptions,
): Promise<() => Promise<Figures>> => {
  const [first, ...others] = Array.from({ length: asked }, (_, at) => questionAbout(at))
  const request = await allowedRequest(base, 'evaluation', [first ?? {}, ...others])
  return async () => {
    const [before, started] = [await cpu(), performance.now()]
    const measured = await measureFixed(base, request, load.connections, load.seconds)
    const requests = (measured.rate * (performance.now() - started)) / 1000
    return { ...measured, micros: (((await cpu()) - before) * 1000) / requests }
  }
}

const compare = async (few: Holding, many: Holding, options: BenchOptions): Promise<void> => {
  const kinds = [
    { name: `${FEW * EACH} assignments`, run: await runOf(few, FEW, options) },
    { name: `${MANY * EACH}, about ${FEW} accounts`, run: await runOf(many, FEW, options) },
    { name: `${MANY * EACH}, about all ${MANY}`, run: await runOf(many, MANY, options) },
  ]
  for (const { run } of kinds) await run()
  const figures = kinds.map((): Figures[] => [])
  for (let round = 0; round < options.rounds; round++) {
    for (const [at, { run }] of kinds.entries()) figures[at]?.push(await run())
  }
  print('', 'per s', 'p50 ms', 'p99 ms', 'CPU µs', 'times', 'goal', '')
  const [base = Number.NaN] = figures.map((runs) => medianOf(runs).rate)
  for (const [at, runs] of figures.entries()) {
    const { rate, p50, p99 } = medianOf(runs)
    const times = base / rate
    const verdict = at === 0 ? [] : [times.toFixed(2), `<= ${GOAL}`, times <= GOAL ? 'reached' : 'missed']
    const micros = median(runs.map((run) => run.micros)).toFixed(0)
    print(kinds[at]?.name ?? '', rate.toFixed(0), p50.toFixed(1), p99.toFixed(1), micros, ...verdict)
  }
  print('memory, MB PSS', (await few.memory()).toFixed(0), (await many.memory()).toFixed(0))
}

const measureOn = async (
  name: string,
  settingsOf: (which: string) => Record<string, string>,
  options: BenchOptions,
): Promise<void> => {
  print(name)
  const few = await holding(FEW, settingsOf('few'))
  const many = await holding(MANY, settingsOf('many'))
  try {
    await compare(few, many, options)
  } finally {
    await Promise.all([few.stop(), many.stop()])
  }
}

const measureOnServices = async (options: BenchOptions): Promise<void> => {
  const file = join(await mkdtemp(join(tmpdir(), 'gatehouse-bench-')), 'mongo')
  const [redis, mongo] = await Promise.all([startRedis(), startMongo({ file })])
  const keys = {
    COOKIE_KEYS: randomBytes(32).toString('base64url'),
    SEALING_KEY: randomBytes(32).toString('base64'),
  }
  const settingsOf = (which: string) => ({
    ...keys,
    MONGODB_URL: `${mongo.url}/${which}`,
    REDIS_URL: `${redis.url}?prefix=${which}:`,
  })
  try {
    await measureOn('MongoDB and Redis', settingsOf, options)
  } finally {
    await Promise.all([redis.stop(), mongo.stop()])
  }
}

/**
 * Whether a hundred thousand assignments on disk slow a decision down, beside a server that has a thousand: about the same
 * few accounts, which are in memory, and about all in turn, most of which have to be read. `--only embedded` or `--only scale`
 * for one of the stores.
 */
export const measureAssignments = async (options: BenchOptions): Promise<void> => {
  const wants = (store: string): boolean => store.includes(options.only)
  if (wants('embedded')) await measureOn('embedded', () => ({}), options)
  if (wants('scale')) await measureOnServices(options)
}
