import { administration, operator } from '../administration.ts'
import { type Command, flag, operand } from '../command.ts'
import { editedValue } from '../edited.ts'
import { showChange } from '../options.ts'
import { shownResource } from '../shown.ts'
import { withFoundation } from '../with-config.ts'
import { RESOURCE_USAGE, resourceOf, resourceOptions } from './drafts.ts'

export const createResource: Command = {
  name: 'resource create',
  usage: `<identifier> ${RESOURCE_USAGE}`,
  summary: 'declare an API: its identifier is the audience of its tokens',
  options: resourceOptions,
  operands: ['identifier'],
  async run(given, terminal) {
    const identifier = operand(given)
    const resource = resourceOf(given, {
      identifier,
      name: identifier,
      permissions: [],
      accessTokenFormat: 'jwt',
      types: [],
    })
    await withFoundation(async (foundation) => {
      const { resources } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      editedValue(await resources.create(resource, { actor: operator }), `API ${identifier}`)
      showChange(given, terminal, {
        json: { resource: shownResource(resource) },
        people: `Declared ${identifier}.\n`,
      })
    })
  },
}
