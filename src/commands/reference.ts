import type { Command } from './command.ts'
import { EXIT_CODES, groupOf, helpOf } from './help.ts'

const INTRODUCTION = [
  '# The command line',
  '',
  'Written by `npm run gatehouse -- help --markdown` from what the commands say of themselves; a test compares.',
  '',
  'Commands work on the data beside a running server, which follows within a second, with the same settings: those of the',
  'environment and of `.env`. Whoever can run them has the data in hand anyway, so they ask for no permission; what they',
  'change is in the audit, with the actor `cli`. `--json` gives one JSON document, whose members stay what they are.',
  '',
  EXIT_CODES,
  '',
]

/** The help of every command as Markdown. */
export const reference = (commands: readonly Command[]): string => {
  const groups = Map.groupBy(commands, (command) =>
    command.name.includes(' ') ? groupOf(command) : command.name,
  )
  const sections = [...groups].flatMap(([group, members]) => [
    `## ${group}`,
    '',
    ...members.flatMap((command) => ['```text', helpOf(command).trimEnd(), '```', '']),
  ])
  return [...INTRODUCTION, ...sections].join('\n')
}
