import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { importRecords } from '../transfer/import.ts'
import { type Command, CommandFault, operand } from './command.ts'
import { countsText, pause, progressOnTerminal, withTransfer } from './transfer.ts'

// It is read twice, so a pipe will not do.
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

export const importCommand: Command = {
  name: 'import',
  usage: '<file> [--dry-run] [--overwrite] [--progress]',
  summary: 'put what export wrote into this store; run it again to go on after an interruption',
  options: {
    'dry-run': { type: 'boolean' },
    overwrite: { type: 'boolean' },
    progress: { type: 'boolean' },
  },
  operands: ['file'],
  async run(given, { out }) {
    const { values } = given
    const path = resolve(operand(given))
    if (!isFile(path)) throw new CommandFault(`There is no file ${path}.`)
    const dryRun = values['dry-run'] === true
    await withTransfer(`Reading ${path}`, async ({ config, store, sealer, now }) => {
      const shown = progressOnTerminal(values.progress === true, now)
      const { added, present, replaced } = await importRecords(
        {
          store,
          sealer,
          issuer: config.issuer,
          source: () => createReadStream(path),
          counted: shown.counted,
          pause,
        },
        { dryRun, overwrite: values.overwrite === true },
      )
      shown.end()
      out(
        [
          dryRun ? 'Nothing was written; an import would do this:' : 'Imported:',
          `  added     ${countsText(added)}`,
          `  present   ${countsText(present)}`,
          `  replaced  ${countsText(replaced)}`,
          '',
        ].join('\n'),
      )
    })
  },
}
