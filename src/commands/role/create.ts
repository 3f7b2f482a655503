import { administration, operator } from '../administration.ts'
import { type Command, flag, operand } from '../command.ts'
import { editedValue } from '../edited.ts'
import { showChange } from '../options.ts'
import { withFoundation } from '../with-config.ts'
import { DRAFT_USAGE, draftOf, draftOptions } from './drafts.ts'

export const createRole: Command = {
  name: 'role create',
  usage: `<role> ${DRAFT_USAGE}`,
  summary: 'make a role',
  options: draftOptions,
  operands: ['role'],
  async run(given, terminal) {
    const name = operand(given)
    const draft = draftOf(given, { name, permissions: {}, includes: [], default: false })
    await withFoundation(async (foundation) => {
      const { roles } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      editedValue(await roles.create(draft, { actor: operator }), `role "${name}"`)
      showChange(given, terminal, { json: { role: draft }, people: `Made the role ${name}.\n` })
    })
  },
}
