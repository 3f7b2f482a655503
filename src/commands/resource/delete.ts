import { administration, operator } from '../administration.ts'
import { type Command, flag, operand } from '../command.ts'
import { editedValue } from '../edited.ts'
import { asJson, dryRun, showChange } from '../options.ts'
import { withFoundation } from '../with-config.ts'

export const deleteResource: Command = {
  name: 'resource delete',
  usage: '<identifier> [--cascade] [--dry-run] [--json]',
  summary: 'remove an API; refused while roles permit something there, unless they shall lose it',
  options: {
    cascade: { type: 'boolean', about: 'take its permissions from the roles' },
    ...dryRun,
    ...asJson,
  },
  operands: ['identifier'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { resources } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      const identifier = operand(given)
      const options = { actor: operator, cascade: flag(given, 'cascade') }
      editedValue(await resources.remove(identifier, options), `API ${identifier}`)
      showChange(given, terminal, {
        json: { resource: { identifier } },
        people: `Removed ${identifier}.\n`,
      })
    }),
}
