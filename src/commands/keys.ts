import { openFoundation } from '../build.ts'
import { type Command, CommandFault } from './command.ts'
import { withConfig } from './with-config.ts'

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`

export const listKeys: Command = {
  name: 'keys list',
  usage: '',
  summary: 'show the signing keys and their states',
  options: {},
  run: (_given, { out }) =>
    withConfig(async (config) => {
      const foundation = await openFoundation(config, 'cli')
      try {
        const keys = await foundation.signingKeys.list()
        if (keys.length === 0)
          out('There are no signing keys yet; the first start of the server makes them.\n')
        for (const { alg, state, since, kid } of keys)
          out(`${alg}  ${state.padEnd(8)} since ${time(since)}  ${kid}\n`)
      } finally {
        await foundation.close()
      }
    }),
}

export const rotateKeys: Command = {
  name: 'keys rotate',
  usage: '[--force]',
  summary: 'let the next signing keys sign; a running server follows within a second',
  options: { force: { type: 'boolean' } },
  run: ({ values }, { out }) =>
    withConfig(async (config) => {
      const foundation = await openFoundation(config, 'cli')
      try {
        const rotation = await foundation.signingKeys.rotate({ force: values.force === true })
        if (rotation.kind === 'too_young') {
          throw new CommandFault(
            `The next keys are published since too short a time: applications may not know them yet. Possible at ${time(rotation.possibleAt)}, or at once with --force when a key has leaked.`,
          )
        }
        if (rotation.kind === 'overtaken')
          throw new CommandFault('Somebody else rotated the keys at this moment. Look with: keys list')
        foundation.audit({ type: 'keys.rotated', actor: 'cli', detail: { force: values.force === true } })
        out('Rotated. The former keys stay published, so that what they signed is still accepted.\n')
      } finally {
        await foundation.close()
      }
    }),
}
