import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'

const ID = /\b(?:[NCXR]-\d\d|N-CSP(?:-\d)?)\b/g
const LITERAL = /(['"`])((?:(?!\1).)*)\1/g
const COMMENT = /^\s*(\/\/|\/?\*)/

const shortName = (file: string): string => file.replaceAll('\\', '/').replace(/(\.test)?\.ts$/, '')

/** The ids in the literals of a file; a comment names one only to give a reason. */
const idsIn = (source: string): string[] =>
  source
    .split('\n')
    .filter((line) => !COMMENT.test(line))
    .flatMap((line) => [...line.matchAll(LITERAL)])
    .flatMap(([, , text = '']) => text.match(ID) ?? [])

/** Lines `id file` of all tests. */
const named = (): string[] => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
    .flatMap((file) =>
      idsIn(readFileSync(join(import.meta.dirname, file), 'utf8')).map((id) => `${id} ${shortName(file)}`),
    )
  return [...new Set(files)].sort()
}

const ROW = /^\| ([NCXR]-[\w-]+) \| .+ \| (.+) \|$/gm
const page = readFileSync(join(import.meta.dirname, '../docs/security-tests.md'), 'utf8')
const rows = [...page.matchAll(ROW)].map(([, id = '', files = '']) => ({
  id,
  files: files.match(/[\w/.-]+/g) ?? [],
}))

it('docs/security-tests.md names the tests of every requirement, and no others', () => {
  const listed = rows.flatMap(({ id, files }) => files.map((file) => `${id} ${file}`)).sort()
  const tests = named()
  const missing = tests.filter((line) => !listed.includes(line))
  const untrue = listed.filter((line) => !tests.includes(line))
  expect({ missing, untrue }).toEqual({ missing: [], untrue: [] })
})

it('docs/security-tests.md has one row for each requirement', () => {
  const ids = rows.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)])
})

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

it('every negative input that this release can meet has a test', () => {
  const numbers = [range(1, 35), 37, 39, 40].flat()
  const wanted = numbers.map((number) => `X-${String(number).padStart(2, '0')}`)
  const ids = rows.map(({ id }) => id)
  expect(wanted.filter((id) => !ids.includes(id))).toEqual([])
})
