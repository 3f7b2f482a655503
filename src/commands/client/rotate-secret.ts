import { actorName } from '../../domain/access/actor.ts'
import { operator } from '../administration.ts'
import { type Command, CommandFault, flag, operand, text, UsageFault } from '../command.ts'
import { asJson, dryRun, showChange } from '../options.ts'
import { clientNamed } from '../people.ts'
import { withFoundation } from '../with-config.ts'

const HOUR = 3600
const USUAL = 24 * HOUR
const LONGEST = 30 * 24 * HOUR

const overlapOf = (value: string | undefined): number => {
  if (value === undefined) return USUAL
  const seconds = Number(value)
  if (/^\d+$/.test(value) && seconds <= LONGEST) return seconds
  throw new UsageFault(`--overlap ${value}: wanted seconds, at most ${LONGEST}`)
}

const untilText = (overlap: number, until: number): string =>
  overlap === 0
    ? 'The former secret is accepted no more.'
    : `The former secret is accepted until ${new Date(until).toISOString()}.`

export const rotateSecret: Command = {
  name: 'client rotate-secret',
  usage: '<client> [--overlap <seconds>] [--dry-run] [--json]',
  summary: 'make a new secret, shown this once; the former one is accepted for a while beside it',
  options: {
    overlap: {
      type: 'string',
      value: 'seconds',
      about: `without it ${USUAL}, a day; 0: the former ends now`,
    },
    ...dryRun,
    ...asJson,
  },
  more: 'Only one former secret is kept: rotated twice, the first one ends at once.',
  operands: ['client'],
  async run(given, terminal) {
    const overlap = overlapOf(text(given, 'overlap'))
    await withFoundation(async (foundation) => {
      const { clients, audit, now } = foundation
      const { client } = await clientNamed(foundation, operand(given))
      const id = client.client_id
      if (flag(given, 'dry-run')) {
        showChange(given, terminal, { json: { client_id: id }, people: `${id} has a new secret.\n` })
        return
      }
      const rotated = await clients.rotateSecret(id, { overlap })
      if (rotated.kind === 'no_secret') throw new CommandFault(`${id} does not authenticate with a secret.`)
      if (rotated.kind === 'unknown') throw new CommandFault(`There is no client ${id} any more.`)
      const { secret, formerUntil } = rotated
      audit({
        type: 'client.changed',
        actor: actorName(operator),
        clientId: id,
        detail: { secret: 'rotated', overlap },
      })
      showChange(given, terminal, {
        json: {
          client_id: id,
          client_secret: secret,
          former_secret_until: new Date(Math.max(formerUntil, now())).toISOString(),
        },
        people: `client_id=${id}\nclient_secret=${secret}\n${untilText(overlap, formerUntil)}\n`,
      })
    })
  },
}
