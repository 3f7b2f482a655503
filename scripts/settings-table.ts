import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { absence, absent } from '../src/config/absent.ts'
import { describe, names, type SettingName } from '../src/config/settings.ts'

const defaultOf = (name: SettingName): string | undefined => {
  const { default: fallback } = describe(name)
  return typeof fallback === 'object' ? fallback.words : fallback
}

/** The description, and what of it this release does not have. */
const aboutOf = (name: SettingName): string => {
  const { about } = describe(name)
  const missing = absent[name]
  return missing ? `${about} For now: ${absence(missing)}.` : about
}

/** A bar would end the cell, and `<PORT>` be taken for markup. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** The table of the README; `(secret)` marks what `<NAME>_FILE` may bring. */
export const settingsTable = (): string =>
  [
    '| setting | value | default | |',
    '|---|---|---|---|',
    ...names.map((name) => {
      const { words, secret } = describe(name)
      const value = `${words}${secret ? ' (secret)' : ''}`
      return `| \`${name}\` | ${[value, defaultOf(name) ?? '', aboutOf(name)].map(cell).join(' | ')} |`
    }),
    '',
  ].join('\n')

/** `.env.example`: every setting, commented out with its default. */
export const envExample = (): string =>
  [
    '# Every setting of Gatehouse. Copy to .env and uncomment what differs; the real environment wins over the file.',
    '# A secret may come from a file instead: COOKIE_KEYS_FILE=/run/secrets/cookie_keys',
    '',
    ...names.flatMap((name) => {
      const { words, default: fallback } = describe(name)
      const derived = typeof fallback === 'object' ? ` Default: ${fallback.words}.` : ''
      const text = typeof fallback === 'string' ? fallback : ''
      // A bare # would begin a comment.
      return [
        `# ${aboutOf(name)}`,
        `# Value: ${words}.${derived}`,
        `#${name}=${text.includes('#') ? `"${text}"` : text}`,
        '',
      ]
    }),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')

const BLOCK = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/

/** @throws Error if the text has no place for the table */
export const withTable = (markdown: string): string => {
  if (!BLOCK.test(markdown)) throw new Error('there is no <!-- settings --> … <!-- /settings --> to replace')
  return markdown.replace(BLOCK, (_all, start: string, end: string) => `${start}${settingsTable()}${end}`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'string' }, env: { type: 'string' } } })
  if (values.write) writeFileSync(values.write, withTable(readFileSync(values.write, 'utf8')))
  if (values.env) writeFileSync(values.env, envExample())
  if (!values.write && !values.env) process.stdout.write(settingsTable())
}
