import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { reference } from '../../src/commands/reference.ts'

it('docs/cli.md is what the commands say of themselves', () => {
  const path = join(import.meta.dirname, '../../docs/cli.md')
  // To write it: npm run gatehouse -- help --markdown > docs/cli.md
  expect(readFileSync(path, 'utf8')).toBe(reference(commands))
})

it('every option that somebody has to understand says what it is', () => {
  const silent = commands
    .filter(({ name }) => /^(account|role|client|resource|audit|plan|apply|can)\b/.test(name))
    .filter(({ name }) => !['account create', 'client create'].includes(name))
    .flatMap(({ name, options }) =>
      Object.entries(options)
        .filter(([, { about }]) => about === undefined)
        .map(([option]) => `${name} --${option}`),
    )
  expect(silent).toEqual([])
})
