/**
 * `npm run bench`: ours beside the bare engine in one run, in turn, and the ratio of the medians. Machines are
 * noisy: quote ratios, and figures only with the machine they came from.
 */
import { parseArgs } from 'node:util'
import { type Scenario, scenarios } from './scenarios.ts'
import { type BenchServer, startBare, startOurs } from './servers.ts'
import { startTime } from './start-time.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write('npm run bench -- [--only NAME] [--rounds N] [--seconds N] [--connections N]\n')
  process.exit(0)
}
const rounds = Number(values.rounds)
const load = { seconds: Number(values.seconds), connections: Number(values.connections) }

const median = (figures: number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
const print = (...cells: string[]): boolean =>
  process.stdout.write(
    `${cells.map((cell, column) => (column ? cell.padStart(10) : cell.padEnd(30))).join('')}\n`,
  )

const compare = async (scenario: Scenario, bare: BenchServer, ours: BenchServer): Promise<void> => {
  const runs = {
    bare: await scenario.prepare(bare.base, load),
    ours: await scenario.prepare(ours.base, load),
  }
  await runs.bare()
  await runs.ours()
  const figures: { bare: number[]; ours: number[] } = { bare: [], ours: [] }
  for (let round = 0; round < rounds; round++) {
    figures.bare.push(await runs.bare())
    figures.ours.push(await runs.ours())
  }
  const [theirs, own] = [median(figures.bare), median(figures.ours)]
  const ratio = own / theirs
  const verdict = ratio >= scenario.goal ? 'reached' : 'missed'
  print(scenario.name, theirs.toFixed(0), own.toFixed(0), ratio.toFixed(2), `>= ${scenario.goal}`, verdict)
}

const bare = await startBare()
const ours = await startOurs()
try {
  const idle = await ours.memory()
  print('requests per second', 'bare', 'ours', 'ratio', 'goal', '')
  for (const scenario of scenarios) {
    if (!values.only || scenario.name.includes(values.only)) await compare(scenario, bare, ours)
  }
  print('memory, idle (MB PSS)', '', idle.toFixed(0), '', '< 110', idle < 110 ? 'reached' : 'missed')
  const loaded = await ours.memory()
  print('memory, after load', '', loaded.toFixed(0), '', '< 250', loaded < 250 ? 'reached' : 'missed')
} finally {
  await Promise.all([bare.stop(), ours.stop()])
}
const ready = await startTime(ours.folder)
print('ready, second start (s)', '', ready.toFixed(2), '', '<= 0.6', ready <= 0.6 ? 'reached' : 'missed')
