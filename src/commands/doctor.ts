import { readEnvironment } from '../config.ts'
import { type Command, CommandFault } from './command.ts'
import { diagnose } from './diagnosis/diagnose.ts'
import type { Diagnosis } from './diagnosis/diagnosis.ts'

const MARKS: Record<Diagnosis['state'], string> = { fine: 'ok', warning: 'warn', fault: 'fault' }
const WIDTH = 6

const inLines = ({ subject, state, text, advice }: Diagnosis): string =>
  [`${MARKS[state].padEnd(WIDTH)} ${subject}: ${text}`, ...(advice ? [`${' '.repeat(WIDTH)} ${advice}`] : [])]
    .map((line) => `${line}\n`)
    .join('')

/** Looks at the whole installation. Changes nothing, and works beside a running server. */
export const doctor: Command = {
  name: 'doctor',
  usage: '[--json]',
  summary: 'look at settings, keys, stores and clock, and say what is wrong and what to do',
  options: { json: { type: 'boolean' } },
  async run({ values }, { out }) {
    const found: Diagnosis[] = []
    for await (const diagnosis of diagnose(readEnvironment)) {
      found.push(diagnosis)
      // As they come: a store that is away takes its time.
      if (!values.json) out(inLines(diagnosis))
    }
    const faults = found.filter(({ state }) => state === 'fault').length
    if (values.json) out(`${JSON.stringify({ faults, findings: found }, undefined, 2)}\n`)
    if (faults > 0) throw new CommandFault(faults === 1 ? 'There is a fault.' : `There are ${faults} faults.`)
  },
}
