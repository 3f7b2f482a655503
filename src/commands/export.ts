import { createWriteStream, existsSync, rmSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { exportLines } from '../transfer/export.ts'
import { noCounts } from '../transfer/records.ts'
import { type Command, CommandFault, text } from './command.ts'
import { countsText, pause, progressOnTerminal, withTransfer } from './transfer.ts'

/** Writes a file for its owner only, which is there as a whole or not at all. */
const writeFile = async (path: string, lines: AsyncIterable<string>): Promise<void> => {
  const partial = `${path}.partial`
  rmSync(partial, { force: true })
  try {
    await pipeline(lines, createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }))
    await rename(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
  const folder = await open(dirname(path))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export const exportCommand: Command = {
  name: 'export',
  usage: '[--out <file>] [--progress]',
  summary:
    'write accounts, clients, roles, keys, consents and audit as lines of JSON, to move them to another store',
  options: { out: { type: 'string' }, progress: { type: 'boolean' } },
  async run(given) {
    const out = text(given, 'out')
    const path = out === undefined ? undefined : resolve(out)
    if (path !== undefined && existsSync(path))
      throw new CommandFault(`${path} exists already; it is not overwritten.`)
    await withTransfer(`Writing ${path ?? 'standard output'}`, async ({ config, store, sealer, now }) => {
      const counts = noCounts()
      const shown = progressOnTerminal(given.values.progress === true, now)
      const lines = exportLines({
        store,
        sealer,
        issuer: config.issuer,
        now,
        pause,
        counted(kind) {
          counts[kind]++
          shown.counted('exported', kind)
        },
      })
      if (path !== undefined) await writeFile(path, lines)
      else await pipeline(lines, process.stdout, { end: false })
      shown.end()
      process.stderr.write(
        `Exported ${countsText(counts)}. Keep it as secret as the data; an import needs the same SEALING_KEY.\n`,
      )
    })
  },
}
