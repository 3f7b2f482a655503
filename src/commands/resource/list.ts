import type { Resource } from '../../domain/access/model.ts'
import type { Command } from '../command.ts'
import { asJson, show } from '../options.ts'
import { shownResource } from '../shown.ts'
import { table } from '../table.ts'
import { withFoundation } from '../with-config.ts'

const columns = [
  { title: 'identifier', text: ({ identifier }: Resource) => identifier, width: 60 },
  { title: 'name', text: ({ name }: Resource) => name, width: 24 },
  { title: 'tokens', text: ({ accessTokenFormat }: Resource) => accessTokenFormat },
  { title: 'types', text: ({ types }: Resource) => types.join(', ') || '-', width: 24 },
  { title: 'permissions', text: ({ permissions }: Resource) => permissions.join(' ') || '-', width: 60 },
]

export const listResources: Command = {
  name: 'resource list',
  usage: '[--json]',
  summary: 'show every API with its permissions, the built-in ones included',
  options: asJson,
  run: (given, terminal) =>
    withFoundation(async ({ access }) => {
      const [{ all }, { resources: declared }] = await Promise.all([access.directory(), access.model()])
      const isDeclared = (resource: Resource): boolean =>
        declared.some(({ identifier }) => identifier === resource.identifier)
      show(given, terminal, {
        json: {
          resources: all.map((resource) => ({
            ...shownResource(resource),
            ...(isDeclared(resource) ? {} : { built_in: true }),
          })),
        },
        people: table(columns, all),
      })
    }),
}
