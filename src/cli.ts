import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { commands } from './commands/index.ts'
import { run } from './commands/run.ts'
import { faultReport } from './fault-report.ts'

const manifest: { version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
)
const terminal = {
  out: (line: string): void => void process.stdout.write(line),
  input: () => text(process.stdin),
}

try {
  await run(commands, process.argv.slice(2), { version: manifest.version, terminal })
} catch (error) {
  process.stderr.write(faultReport(error))
  process.exitCode = 1
}
