/**
 * `npm run bench`: by default ours beside the bare engine, embedded; with `--mode scale` ours on MongoDB and Redis with one
 * and with two workers; with `--mode access` decisions over HTTP and gRPC beside introspection; with `--mode assignments`
 * decisions beside 100,000 assignments, embedded and on MongoDB and Redis; with `--mode login-timing` whether the time of a
 * refused sign-in tells what account there is.
 * Each comparison is of one run, in turn, by medians. Machines are noisy: quote ratios, and figures only with the machine
 * they came from.
 */
import { parseArgs } from 'node:util'
import { measureAccess } from './access.ts'
import { measureAssignments } from './assignments.ts'
import { measureEmbedded } from './embedded.ts'
import { measureLoginTiming } from './login-timing.ts'
import { measureScale } from './scale.ts'

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'embedded' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const modes: Readonly<Record<string, typeof measureEmbedded>> = {
  embedded: measureEmbedded,
  scale: measureScale,
  access: measureAccess,
  assignments: measureAssignments,
  'login-timing': measureLoginTiming,
}
const measure = modes[values.mode]
if (values.help || !measure) {
  process.stdout.write(
    'npm run bench -- [--mode embedded|scale|access|assignments|login-timing] [--only NAME] [--rounds N] [--seconds N] [--connections N]\n',
  )
  process.exit(values.help ? 0 : 1)
}
const connections = values.connections ?? (values.mode === 'scale' ? '16' : '32')
await measure({
  only: values.only,
  rounds: Number(values.rounds),
  load: { seconds: Number(values.seconds), connections: Number(connections) },
})
