import { type Command, CommandFault, operand } from '../command.ts'
import { asJson, show } from '../options.ts'
import { shownResource } from '../shown.ts'
import { fields } from '../table.ts'
import { withFoundation } from '../with-config.ts'

export const showResource: Command = {
  name: 'resource show',
  usage: '<identifier> [--json]',
  summary: 'show one API, and the roles that permit something there',
  options: asJson,
  operands: ['identifier'],
  run: (given, terminal) =>
    withFoundation(async ({ access }) => {
      const [directory, { roles }] = await Promise.all([access.directory(), access.model()])
      const identifier = directory.resolve(operand(given))
      const found = directory.find(identifier)
      if (!found) throw new CommandFault(`There is no API "${identifier}". See: gatehouse resource list`)
      const resource = shownResource(found)
      const permitting = roles
        .filter(({ id }) => (directory.effective(id)?.permissions.get(identifier)?.size ?? 0) > 0)
        .map(({ name }) => name)
      show(given, terminal, {
        json: { ...resource, roles: permitting },
        people: fields([
          ['identifier', resource.identifier],
          ['name', resource.name],
          ['tokens', resource.access_token_format],
          ['types', resource.types],
          ['permissions', resource.permissions],
          ['roles', permitting],
        ]),
      })
    }),
}
