import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import type { Terminal } from './commands/command.ts'
import { endingOf } from './commands/ending.ts'
import { commands } from './commands/index.ts'
import { run } from './commands/run.ts'
import { faultReport } from './fault-report.ts'

const manifest: { version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
)

const terminal: Terminal = {
  out: (line) => void process.stdout.write(line),
  input: () => text(process.stdin),
  async ask(question) {
    if (!process.stdin.isTTY) return undefined
    const asker = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return await asker.question(question)
    } finally {
      asker.close()
    }
  },
  endWith: (code) => {
    process.exitCode = code
  },
}

try {
  await run(commands, process.argv.slice(2), { version: manifest.version, terminal })
} catch (error) {
  const { code, sentence } = endingOf(error)
  process.stderr.write(sentence ?? faultReport(error))
  process.exitCode = code
}
