import { resolve } from 'node:path'
import { restoreBackup } from '../store/index.ts'
import { type Command, CommandFault, operand } from './command.ts'
import { withConfig, withFoundation } from './with-config.ts'

export const backup: Command = {
  name: 'backup',
  usage: '<file>',
  summary: 'write all data to a new file, while the server runs',
  options: {},
  operands: ['file'],
  run: (given, { out }) =>
    withFoundation(async ({ config, store }) => {
      const path = resolve(operand(given))
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
  operands: ['file'],
  run: (given, { out }) =>
    withConfig(async (config) => {
      if (config.scale) {
        throw new CommandFault(
          'A backup file is of the embedded store. Unset MONGODB_URL and REDIS_URL to restore it, then move the data with: gatehouse export',
        )
      }
      const path = resolve(operand(given))
      const kept = restoreBackup({ from: path, dataDir: config.dataDir, now: Date.now })
      out(`Restored ${path} to ${config.dataDir}.${kept ? ` The former data is in ${kept}.` : ''}\n`)
    }),
}
