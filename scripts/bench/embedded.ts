import { type Measured, medianOf } from './measured.ts'
import { print } from './print.ts'
import { type Load, type Scenario, scenarios } from './scenarios.ts'
import { type BenchServer, startBare, startOurs } from './servers.ts'
import { startTime } from './start-time.ts'

export interface BenchOptions {
  /** Part of the names of the scenarios to run; empty for all. */
  only: string
  /** Measurements of each side. */
  rounds: number
  load: Load
}

const compare = async (
  scenario: Scenario,
  { bare, ours }: { bare: BenchServer; ours: BenchServer },
  { rounds, load }: BenchOptions,
): Promise<void> => {
  const runs = {
    bare: await scenario.prepare(bare.base, load),
    ours: await scenario.prepare(ours.base, load),
  }
  await runs.bare()
  await runs.ours()
  const figures: { bare: Measured[]; ours: Measured[] } = { bare: [], ours: [] }
  for (let round = 0; round < rounds; round++) {
    figures.bare.push(await runs.bare())
    figures.ours.push(await runs.ours())
  }
  const [theirs, own] = [medianOf(figures.bare).rate, medianOf(figures.ours).rate]
  const ratio = own / theirs
  const verdict = ratio >= scenario.goal ? 'reached' : 'missed'
  print(scenario.name, theirs.toFixed(0), own.toFixed(0), ratio.toFixed(2), `>= ${scenario.goal}`, verdict)
}

/** Our server as `npm start` runs it beside the bare engine with its in-memory adapter. */
export const measureEmbedded = async (options: BenchOptions): Promise<void> => {
  const bare = await startBare()
  const ours = await startOurs()
  try {
    const idle = await ours.memory()
    print('requests per second', 'bare', 'ours', 'ratio', 'goal', '')
    for (const scenario of scenarios) {
      if (scenario.name.includes(options.only)) await compare(scenario, { bare, ours }, options)
    }
    print('memory, idle (MB PSS)', '', idle.toFixed(0), '', '< 110', idle < 110 ? 'reached' : 'missed')
    const loaded = await ours.memory()
    print('memory, after load', '', loaded.toFixed(0), '', '< 250', loaded < 250 ? 'reached' : 'missed')
  } finally {
    await Promise.all([bare.stop(), ours.stop()])
  }
  const ready = await startTime(ours.folder)
  print('ready, second start (s)', '', ready.toFixed(2), '', '<= 0.6', ready <= 0.6 ? 'reached' : 'missed')
}
