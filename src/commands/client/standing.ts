import { actorName } from '../../domain/access/actor.ts'
import { type Administration, administration, operator } from '../administration.ts'
import { type Command, CommandFault, flag, operand } from '../command.ts'
import { asJson, dryRun, showChange } from '../options.ts'
import { clientNamed } from '../people.ts'
import { withFoundation } from '../with-config.ts'

interface Change {
  verb: 'disable' | 'enable' | 'delete'
  summary: string
  done: (id: string) => string
  audited: { type: 'client.changed' | 'client.removed'; detail?: { disabled: boolean } }
  /** False if there is no such client any more. */
  work: (clients: Administration['clients'], id: string) => Promise<boolean>
}

const command = ({ verb, summary, done, audited, work }: Change): Command => ({
  name: `client ${verb}`,
  usage: '<client> [--dry-run] [--json]',
  summary,
  options: { ...dryRun, ...asJson },
  operands: ['client'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { client } = await clientNamed(foundation, operand(given))
      const id = client.client_id
      const { clients, audit } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      if (!(await work(clients, id))) throw new CommandFault(`There is no client ${id} any more.`)
      audit({ ...audited, actor: actorName(operator), clientId: id })
      showChange(given, terminal, { json: { client_id: id }, people: `${done(id)}\n` })
    }),
})

export const disableClient = command({
  verb: 'disable',
  summary: 'let nobody use an application; what it was given is dead, everywhere within a second',
  done: (id) => `Disabled ${id}. To every caller there is no such client.`,
  audited: { type: 'client.changed', detail: { disabled: true } },
  work: (clients, id) => clients.setDisabled(id, true),
})

export const enableClient = command({
  verb: 'enable',
  summary: 'let a disabled application be used again; what it was given and has not ended is good again',
  done: (id) => `Enabled ${id}.`,
  audited: { type: 'client.changed', detail: { disabled: false } },
  work: (clients, id) => clients.setDisabled(id, false),
})

export const deleteClient = command({
  verb: 'delete',
  summary: 'remove an application; what it was given is dead',
  done: (id) => `Removed ${id}.`,
  audited: { type: 'client.removed' },
  work: (clients, id) => clients.remove(id),
})
