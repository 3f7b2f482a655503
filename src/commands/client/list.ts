import type { Command } from '../command.ts'
import { asJson, show } from '../options.ts'
import { assignmentText, roleNames, shownClient } from '../shown.ts'
import { table } from '../table.ts'
import { withFoundation } from '../with-config.ts'

type Shown = ReturnType<typeof shownClient>

const columns = [
  { title: 'client', text: ({ client_id }: Shown) => client_id },
  { title: 'name', text: ({ client_name }: Shown) => client_name ?? '-', width: 24 },
  { title: 'state', text: ({ disabled }: Shown) => (disabled ? 'disabled' : 'enabled') },
  { title: 'grant types', text: ({ grant_types }: Shown) => grant_types.join(' '), width: 54 },
  { title: 'authentication', text: ({ token_endpoint_auth_method: method }: Shown) => method },
  { title: 'roles', text: ({ roles }: Shown) => roles.map(assignmentText).join(', ') || '-' },
]

export const listClients: Command = {
  name: 'client list',
  usage: '[--json]',
  summary: 'show every registered application',
  options: asJson,
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const names = await roleNames(foundation)
      const clients = (await foundation.clients.allRegistered()).map((client) => shownClient(client, names))
      show(given, terminal, { json: { clients }, people: table(columns, clients) })
    }),
}
