import { freePort } from '../../test/support/free-port.ts'
import { connection, measureChains } from './chain.ts'
import { allowedRequest, BATCH, batch, general, single } from './decisions.ts'
import type { BenchOptions } from './embedded.ts'
import { grpcLoad } from './grpc.ts'
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
  inNode: 'evaluation, by Node',
  grpcInNode: 'gRPC Evaluate, by grpc-js',
} as const
type Name = keyof typeof NAMES

/** The same requests from a program in Node, one connection each. */
const inNode = (
  base: string,
  { method, path, headers, body }: FixedRequest,
  { connections }: Load,
): (() => Promise<void>)[] =>
  Array.from({ length: connections }, () => {
    const send = connection(base)
    return async () => {
      const { status } = await send(method, path, headers, body)
      if (status !== 200) throw new Error(`answered ${status}`)
    }
  })

const sidesOf = async (
  bare: BenchServer,
  ours: BenchServer,
  { grpcPort, load }: { grpcPort: number; load: Load },
): Promise<Record<Name, Side>> => {
  const { base } = ours
  const side = (name: Name, run: Side['run'], server = ours): Side => ({ name: NAMES[name], server, run })
  const fixed = (name: Name, request: FixedRequest, server = ours): Side =>
    side(name, () => measureFixed(server.base, request, load.connections, load.seconds), server)
  const one = await allowedRequest(base, 'evaluation', [single])
  const [evaluate, evaluateBatch] = [
    await grpcLoad(base, grpcPort, 'Evaluate', load),
    await grpcLoad(base, grpcPort, 'EvaluateBatch', load),
  ]
  return {
    bare: fixed('bare', await introspection(bare.base), bare),
    introspection: fixed('introspection', await introspection(base)),
    general: fixed('general', await allowedRequest(base, 'evaluation', [general])),
    single: fixed('single', one),
    batch: fixed('batch', await allowedRequest(base, 'evaluations', [batch])),
    grpcSingle: side('grpcSingle', evaluate.generated),
    grpcBatch: side('grpcBatch', evaluateBatch.generated),
    inNode: side('inNode', () => measureChains(inNode(base, one, load), load.seconds)),
    grpcInNode: side('grpcInNode', evaluate.byLibrary),
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
  { of: 'grpcInNode', to: 'inNode', kind: 'ratio', goal: 0.3 },
  { of: 'grpcBatch', to: 'batch', kind: 'times', goal: 1.2 },
]

/** By rate, which the goal is about; by processor time as well, which other programs disturb less. */
const judge = (figures: ReadonlyMap<string, Figures>): void => {
  print('', 'by rate', 'by CPU', 'goal', '')
  for (const { of, to, kind, goal } of GOALS) {
    const [one, other] = [figures.get(NAMES[of]), figures.get(NAMES[to])]
    if (!one || !other) continue
    const figure = (ratio: number): number => (kind === 'ratio' ? ratio : 1 / ratio)
    const [rate, cpu] = [figure(one.rate / other.rate), figure(other.micros / one.micros)]
    const isReached = kind === 'ratio' ? rate >= goal : rate <= goal
    const sign = kind === 'ratio' ? '>=' : '<='
    print(NAMES[of], rate.toFixed(2), cpu.toFixed(2), `${sign} ${goal}`, isReached ? 'reached' : 'missed')
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
    judge(figures)
  } finally {
    await Promise.all([bare.stop(), ours.stop()])
  }
  // Connections of the gRPC library keep the process for as long as it likes.
  process.exit()
}
