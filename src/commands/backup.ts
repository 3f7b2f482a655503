import { resolve } from 'node:path'
import { restoreBackup } from '../store/index.ts'
import { type Command, CommandFault } from './command.ts'
import { withConfig, withFoundation } from './with-config.ts'

const pathOf = (positionals: readonly string[], name: string): string => {
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new CommandFault(`Name one file: gatehouse ${name} <file>`)
  return resolve(path)
}

export const backup: Command = {
  name: 'backup',
  usage: '<file>',
  summary: 'write all data to a new file, while the server runs',
  options: {},
  run: ({ positionals }, { out }) =>
    withFoundation(async ({ config, store }) => {
      const path = pathOf(positionals, 'backup')
      await store.backup(path)
      out(
        `Wrote ${path}. Keep it with a copy of ${config.keysDir}: without its sealing key it cannot be used.\n`,
      )
    }),
}

export const restore: Command = {
  name: 'restore',
  usage: '<file>',
  summary: 'put a backup in place of the data; the server must be stopped',
  options: {},
  run: ({ positionals }, { out }) =>
    withConfig(async (config) => {
      const path = pathOf(positionals, 'restore')
      const kept = restoreBackup({ from: path, dataDir: config.dataDir, now: Date.now })
      out(`Restored ${path} to ${config.dataDir}.${kept ? ` The former data is in ${kept}.` : ''}\n`)
    }),
}
