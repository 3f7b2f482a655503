import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { auditTypes } from '../../src/domain/audit-events.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/audit.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| (.+?) \|/gm)].map(([, type = '', when = '']) => ({
  type,
  when,
}))

/** What the page says of events that no code writes. */
const UNUSED = 'nothing does so yet'

/** All code but the vocabulary itself and what only puts it into words. */
const writers = globSync('src/{api,commands,domain,http,oidc,pages}/**/*.ts', { cwd: root })
  .filter((file) => !/audit-events|event-texts/.test(file))
  .map((file) => readFileSync(join(root, file), 'utf8'))

it('docs/audit.md names every security event, once, and no others', () => {
  expect(rows.map(({ type }) => type).toSorted()).toEqual([...auditTypes].toSorted())
})

it('docs/audit.md says of which events nothing writes any', () => {
  const unused = auditTypes.filter((type) => !writers.some((code) => code.includes(`'${type}'`)))
  expect(rows.filter(({ when }) => when.includes(UNUSED)).map(({ type }) => type)).toEqual(unused)
})
