import { type Command, exitCodes } from './command.ts'
import { asJson, show } from './options.ts'
import { hasChanges, planJson, planText } from './plan-text.ts'
import { ABOUT_FILE, fileOption, plan, readSource } from './seed-file.ts'
import { withFoundation } from './with-config.ts'

export const planCommand: Command = {
  name: 'plan',
  usage: '-f <file> [--json]',
  summary: 'say what apply would do; ends with 4 if that is anything',
  options: { ...fileOption, ...asJson },
  more: ABOUT_FILE,
  async run(given, terminal) {
    const source = await readSource(given, terminal)
    await withFoundation(async (foundation) => {
      const { steps, warnings } = await plan(foundation, source)
      const people = [...warnings.map((warning) => `! ${warning}\n`), planText(steps)].join('')
      show(given, terminal, { json: { ...planJson(steps), warnings }, people })
      if (hasChanges(steps)) terminal.endWith(exitCodes.changes)
    })
  },
}
