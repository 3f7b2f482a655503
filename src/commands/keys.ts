import { type Command, CommandFault, operand } from './command.ts'
import { withFoundation } from './with-config.ts'

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`
const OVERTAKEN = 'Somebody else changed the keys at this moment. Look with: gatehouse keys list'

export const listKeys: Command = {
  name: 'keys list',
  usage: '',
  summary: 'show the signing keys and their states',
  options: {},
  run: (_given, { out }) =>
    withFoundation(async ({ signingKeys }) => {
      const keys = await signingKeys.list()
      if (keys.length === 0) out('There are none yet; the first start of the server makes them.\n')
      for (const { alg, state, since, kid } of keys)
        out(`${alg}  ${state.padEnd(8)} since ${time(since)}  ${kid}\n`)
    }),
}

export const rotateKeys: Command = {
  name: 'keys rotate',
  usage: '[--force]',
  summary: 'let the next signing keys sign; a running server follows within a second',
  options: { force: { type: 'boolean' } },
  run: ({ values }, { out }) =>
    withFoundation(async ({ signingKeys, audit }) => {
      const force = values.force === true
      const rotation = await signingKeys.rotate({ force })
      if (rotation.kind === 'too_young') {
        throw new CommandFault(
          `Applications may not have seen the next keys yet. Possible at ${time(rotation.possibleAt)}, or at once with --force: then an application that has not loaded the keys again refuses tokens for up to ten minutes.`,
        )
      }
      if (rotation.kind === 'overtaken') throw new CommandFault(OVERTAKEN)
      audit({ type: 'keys.rotated', actor: 'cli', detail: { force } })
      out('Rotated. The former keys stay published, so that what they signed is still accepted.\n')
      out('If one has leaked, take it away with: gatehouse keys withdraw <kid>\n')
    }),
}

export const withdrawKey: Command = {
  name: 'keys withdraw',
  usage: '<kid>',
  summary: 'stop publishing a retired key that has leaked; what it signed is refused',
  options: {},
  operands: ['kid'],
  run: (given, { out }) =>
    withFoundation(async ({ signingKeys, audit }) => {
      const kid = operand(given)
      const withdrawal = await signingKeys.withdraw(kid)
      if (withdrawal.kind === 'not_retired') {
        throw new CommandFault(
          `There is no retired key "${kid}". A key that still signs is retired by: gatehouse keys rotate --force`,
        )
      }
      if (withdrawal.kind === 'overtaken') throw new CommandFault(OVERTAKEN)
      audit({ type: 'keys.withdrawn', actor: 'cli', detail: { kid } })
      out('Withdrawn. Applications notice when they load the keys again, within ten minutes.\n')
    }),
}
