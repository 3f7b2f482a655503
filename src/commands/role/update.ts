import { administration, operator } from '../administration.ts'
import { type Command, CommandFault, flag, operand, text } from '../command.ts'
import { editedValue } from '../edited.ts'
import { showChange } from '../options.ts'
import { withFoundation } from '../with-config.ts'
import { DRAFT_USAGE, draftOf, draftOptions } from './drafts.ts'

export const updateRole: Command = {
  name: 'role update',
  usage: `<role> [--name <text>] ${DRAFT_USAGE}`,
  summary: 'change a role: what is named replaces, what is not named stays',
  options: { name: { type: 'string', about: 'another name' }, ...draftOptions },
  more: 'An empty --permission or --include takes all of them away.',
  operands: ['role'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { roles } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      const name = operand(given)
      const role = await roles.find(name)
      if (!role) throw new CommandFault(`There is no role "${name}". See: gatehouse role list`)
      const before = await roles.draftOf(role)
      const draft = draftOf(given, { ...before, name: text(given, 'name') ?? before.name })
      editedValue(await roles.replace(name, draft, { actor: operator }), `role "${name}"`)
      showChange(given, terminal, { json: { role: draft }, people: `Changed the role ${name}.\n` })
    }),
}
