import { freePort } from '../../test/support/free-port.ts'
import { allowedRequest, BATCH, batch, general, single } from './decisions.ts'
import type { BenchOptions } from './embedded.ts'
import { grpcCalls } from './grpc.ts'
import { type Measured, median, medianOf } from './measured.ts'
import { print } from './print.ts'
import type { Load } from './scenarios.ts'
import { type BenchServer, startBare, startOurs } from './servers.ts'
import { signedIn } from './sign-in.ts'
import { basic } from './subject.ts'
import { type FixedRequest, measureFixed } from './wrk.ts'

/** What is measured, in turn with the others. */
interface Side {
  name: string
  server: BenchServer
  run: () => Promise<Measured>
}

interface Figures extends Measured {
  /** Microseconds of a processor that the server takes for one request: other programs on the machine change it least. */
  micros: number
}

const introspection = async (base: string): Promise<FixedRequest> => {
  const { tokens } = await signedIn(base)
  const headers = { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', path: '/oauth2/introspect', headers, body: `token=${tokens.accessToken}` }
}

const NAMES = {
  bare: 'introspection, bare engine',
  introspection: 'introspection',
  general: 'evaluation, of an API',
  single: 'evaluation, of a record',
  batch: `evaluations, ${BATCH} records`,
  grpcSingle: 'gRPC Evaluate',
  grpcBatch: `gRPC EvaluateBatch, ${BATCH}`,
} as const
type Name = keyof typeof NAMES

const sidesOf = async (
  bare: BenchServer,
  ours: BenchServer,
  { grpcPort, load }: { grpcPort: number; load: Load },
): Promise<Record<Name, Side>> => {
  const { base } = ours
  const side = (name: Name, run: Side['run'], server = ours): Side => ({ name: NAMES[name], server, run })
  const fixed = (name: Name, request: FixedRequest, server = ours): Side =>
    side(name, () => measureFixed(server.base, request, load.connections, load.seconds), server)
  return {
    bare: fixed('bare', await introspection(bare.base), bare),
    introspection: fixed('introspection', await introspection(base)),
    general: fixed('general', await allowedRequest(base, 'evaluation', [general])),
    single: fixed('single', await allowedRequest(base, 'evaluation', [single])),
    batch: fixed('batch', await allowedRequest(base, 'evaluations', [batch])),
    grpcSingle: side('grpcSingle', await grpcCalls(base, grpcPort, 'Evaluate', load)),
    grpcBatch: side('grpcBatch', await grpcCalls(base, grpcPort, 'EvaluateBatch', load)),
  }
}

const once = async ({ server, run }: Side): Promise<Figures> => {
  const [before, started] = [await server.cpu(), performance.now()]
  const measured = await run()
  const requests = (measured.rate * (performance.now() - started)) / 1000
  return { ...measured, micros: ((await server.cpu()) - before) / (requests / 1000) }
}

const measure = async (sides: readonly Side[], rounds: number): Promise<Map<string, Figures>> => {
  for (const { run } of sides) await run()
  const figures = new Map<string, Figures[]>(sides.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) figures.get(side.name)?.push(await once(side))
  }
  return new Map(
    [...figures].map(([name, runs]) => [
      name,
      { ...medianOf(runs), micros: median(runs.map(({ micros }) => micros)) },
    ]),
  )
}

/** Of the rates of two sides, which a goal is about. */
interface Goal {
  of: Name
  to: Name
  /** `times`: how much longer one takes; then less is better. */
  kind: 'ratio' | 'times'
  goal: number
}

const GOALS: readonly Goal[] = [
  { of: 'general', to: 'introspection', kind: 'ratio', goal: 1 },
  { of: 'single', to: 'introspection', kind: 'ratio', goal: 1 },
  { of: 'single', to: 'bare', kind: 'ratio', goal: 1 },
  { of: 'batch', to: 'single', kind: 'times', goal: 3 },
  { of: 'grpcSingle', to: 'single', kind: 'ratio', goal: 0.3 },
  { of: 'grpcBatch', to: 'batch', kind: 'times', goal: 1.2 },
]

const judge = (figures: ReadonlyMap<string, Figures>): void => {
  print('', 'ratio', 'goal', '')
  for (const { of, to, kind, goal } of GOALS) {
    const ratio = (figures.get(NAMES[of])?.rate ?? Number.NaN) / (figures.get(NAMES[to])?.rate ?? Number.NaN)
    const figure = kind === 'ratio' ? ratio : 1 / ratio
    const isReached = kind === 'ratio' ? figure >= goal : figure <= goal
    const sign = kind === 'ratio' ? '>=' : '<='
    print(NAMES[of], figure.toFixed(2), `${sign} ${goal}`, isReached ? 'reached' : 'missed')
    print(kind === 'ratio' ? `  of ${NAMES[to]}` : `  times as long as ${NAMES[to]}`)
  }
}

/** Decisions over HTTP and gRPC beside the introspection of the engine alone and of this server, in the same run. */
export const measureAccess = async ({ rounds, load, only }: BenchOptions): Promise<void> => {
  const grpcPort = await freePort()
  const bare = await startBare()
  const ours = await startOurs(undefined, { GRPC_PORT: String(grpcPort) })
  try {
    const sides = Object.values(await sidesOf(bare, ours, { grpcPort, load }))
    const figures = await measure(
      sides.filter(({ name }) => name.includes(only)),
      rounds,
    )
    print('', 'per s', 'p50 ms', 'p99 ms', 'CPU µs')
    for (const [name, { rate, p50, p99, micros }] of figures)
      print(name, rate.toFixed(0), p50.toFixed(1), p99.toFixed(1), micros.toFixed(0))
    if (only === '') judge(figures)
  } finally {
    await Promise.all([bare.stop(), ours.stop()])
  }
  // Connections of the gRPC library keep the process for as long as it likes.
  process.exit()
}
