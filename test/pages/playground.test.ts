import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readCatalogues } from '../../src/i18n.ts'

const views = new URL('../../views', import.meta.url).pathname
const catalogues = readCatalogues(join(views, 'locales', 'playground'))
const keysOf = (locale: string) => Object.keys(catalogues[locale] ?? {}).sort()

it('has every text of the playground in English and Russian', () => {
  expect(keysOf('ru')).toEqual(keysOf('en'))
})

it('has a text for every step, note, check and caption that the scripts name', () => {
  const source = readdirSync(join(views, 'assets'))
    .filter((file) => file.startsWith('playground'))
    .map((file) => readFileSync(join(views, 'assets', file), 'utf8'))
    .join('\n')
  const named = (pattern: RegExp, prefix = '', suffix = '') =>
    [...source.matchAll(pattern)].map(([, name]) => `${prefix}${name}${suffix}`)
  const wanted = [
    ...named(/\bname: '([a-z_]+)',/g, 'step.', '.title'),
    ...named(/\bname: '([a-z_]+)',/g, 'step.', '.text'),
    ...[...source.matchAll(/const note = (.*)/g)].flatMap(([line]) =>
      [...line.matchAll(/[?:] '(\w+)'/g)].map(([, name]) => `note.${name}`),
    ),
    ...named(/note: '(\w+)'/g, 'note.'),
    ...named(/check\('(\w+)'/g, 'check.'),
    ...named(/\bcode: '(\w+)'/g, 'fault.'),
    ...named(/\bt\('([\w.]+)'\)/g),
  ]
  expect(wanted.length).toBeGreaterThan(40)
  expect(wanted.filter((key) => !keysOf('en').includes(key))).toEqual([])
})
