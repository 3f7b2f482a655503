import { administration, operator } from '../administration.ts'
import { type Command, flag, operand } from '../command.ts'
import { editedValue } from '../edited.ts'
import { asJson, dryRun, showChange } from '../options.ts'
import { withFoundation } from '../with-config.ts'

export const deleteRole: Command = {
  name: 'role delete',
  usage: '<role> [--cascade] [--dry-run] [--json]',
  summary: 'remove a role; refused while somebody has it, unless they shall lose it',
  options: {
    cascade: { type: 'boolean', about: 'take it from all who have it' },
    ...dryRun,
    ...asJson,
  },
  operands: ['role'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { roles } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      const name = operand(given)
      const options = { actor: operator, cascade: flag(given, 'cascade') }
      editedValue(await roles.remove(name, options), `role "${name}"`)
      showChange(given, terminal, { json: { role: { name } }, people: `Removed the role ${name}.\n` })
    }),
}
