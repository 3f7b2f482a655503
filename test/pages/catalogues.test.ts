import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../src/errors.ts'
import { type Message, readCatalogues } from '../../src/i18n.ts'
import { pageCatalogues, topics } from '../../src/pages/catalogues.ts'

const root = join(import.meta.dirname, '../..')
const sources = (...patterns: string[]): string =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')

const formsOf = (message: Message | undefined): string[] =>
  typeof message === 'string' ? [message] : Object.values(message ?? {})
const placeholders = (message: Message | undefined): string[] =>
  [
    ...new Set(
      formsOf(message).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)),
    ),
  ].sort()

const folders = ['views/locales', ...[...topics, 'playground'].map((topic) => `views/locales/${topic}`)]

describe.each(folders)('the catalogues of %s', (folder) => {
  const { en = {}, ...others } = readCatalogues(join(root, folder))

  it('are there in English and Russian', () => {
    expect(Object.keys(others)).toEqual(['ru'])
  })

  it('have the same keys in the same order, so that a missing text is seen', () => {
    for (const other of Object.values(others)) expect(Object.keys(other)).toEqual(Object.keys(en))
  })

  it('use the same values in every language', () => {
    for (const other of Object.values(others))
      for (const key of Object.keys(en))
        expect([key, placeholders(other[key])]).toEqual([key, placeholders(en[key])])
  })

  it('have each plural form that its language knows, and no other', () => {
    for (const [locale, texts] of Object.entries({ en, ...others })) {
      const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions()
      for (const [key, message] of Object.entries(texts))
        if (typeof message !== 'string')
          expect([key, Object.keys(message).sort()]).toEqual([key, pluralCategories.toSorted()])
    }
  })

  it('have no empty text, no straight quotes, and no space at an end', () => {
    const all = Object.values({ en, ...others }).flatMap((texts) => Object.values(texts).flatMap(formsOf))
    expect(all.filter((text) => text === '' || text !== text.trim() || text.includes('"'))).toEqual([])
  })
})

const { en = {} } = pageCatalogues(join(root, 'views'))
const has = (key: string): boolean => Object.hasOwn(en, key)

it.each(Object.keys(catalogue))('says of the error %s what happened and what to do', (code) => {
  expect(['title', 'text', 'next'].filter((part) => !has(`error.${code}.${part}`))).toEqual([])
})

it('has words of its own for each fault of a registration', () => {
  const rules = sources('src/domain/registration.ts', 'src/domain/password-policy.ts')
  const faults = [...rules.matchAll(/field: '(\w+)'[;\s]+code: ((?:'\w+'[ |]*)+)/g)].flatMap(
    ([, field, codes]) => [...(codes ?? '').matchAll(/'(\w+)'/g)].map(([, code]) => `fault.${field}.${code}`),
  )
  expect(faults).toContain('fault.password.too_short')
  expect(faults.length).toBeGreaterThan(8)
  expect(faults.filter((key) => !has(key))).toEqual([])
})

// Keys that are put together: by error, fault, field, scope, or the verb of a permission.
const COMPOSED = /^(error\.\w+\.|fault\.|field\.|scope\.|scopeMore\.|permission\.)/

it('has every text that a page names, and none that no page names', () => {
  const used = sources('views/**/*.ejs', 'src/pages/**/*.ts', 'src/adapters/mail/**/*.ts')
  const named = [...used.matchAll(/\b(?:t|has|strong|isolated)\(\s*'([\w.]+)'/g)].map(([, key = '']) => key)
  expect(named.length).toBeGreaterThan(60)
  expect(named.filter((key) => !has(key))).toEqual([])
  const orphans = Object.keys(en).filter((key) => !COMPOSED.test(key) && !used.includes(`'${key}'`))
  expect(orphans).toEqual([])
})
