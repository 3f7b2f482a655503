import { administration, operator } from '../administration.ts'
import { type Command, CommandFault, flag, operand } from '../command.ts'
import { editedValue } from '../edited.ts'
import { showChange } from '../options.ts'
import { shownResource } from '../shown.ts'
import { withFoundation } from '../with-config.ts'
import { RESOURCE_USAGE, resourceOf, resourceOptions } from './drafts.ts'

export const updateResource: Command = {
  name: 'resource update',
  usage: `<identifier> [--cascade] ${RESOURCE_USAGE}`,
  summary: 'change an API: what is named replaces, what is not named stays',
  options: {
    cascade: { type: 'boolean', about: 'take permissions that go from the roles that have them' },
    ...resourceOptions,
  },
  more: 'An empty --permission or --type takes all of them away.',
  operands: ['identifier'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { resources } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      const identifier = operand(given)
      const before = await resources.find(identifier)
      if (!before)
        throw new CommandFault(`There is no declared API "${identifier}". See: gatehouse resource list`)
      const resource = resourceOf(given, before)
      const options = { actor: operator, cascade: flag(given, 'cascade') }
      editedValue(await resources.replace(resource, options), `API ${identifier}`)
      showChange(given, terminal, {
        json: { resource: shownResource(resource) },
        people: `Changed ${identifier}.\n`,
      })
    }),
}
