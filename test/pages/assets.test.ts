import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const views = join(import.meta.dirname, '../../views')
const read = (file: string): string => readFileSync(join(views, file), 'utf8')
const style = read('assets/gatehouse.css')
// Mail has styles of its own: there is no stylesheet to link to.
const isMail = (name: string): boolean => /^mail[/\\]/.test(name)
const templates = globSync('**/*.ejs', { cwd: views }).filter((name) => !isMail(name))
const files = [...templates, ...globSync('assets/*.js', { cwd: views })]
const markup = files.map(read).join('\n')

it('keeps the style of all pages under 14 KB', () => {
  expect(statSync(join(views, 'assets/gatehouse.css')).size).toBeLessThan(14 * 1024)
})

it('has no rule for a class that no page uses', () => {
  const classes = [...style.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/\.([a-z][\w-]*)/g)].map(
    ([, name = '']) => name,
  )
  const words = new Set(markup.match(/[\w-]+/g))
  // The number of a part of a token is put in by the script.
  const wanted = [...new Set(classes)].filter((name) => !/^jwt-\d$/.test(name))
  expect(wanted.length).toBeGreaterThan(40)
  expect(wanted.filter((name) => !words.has(name))).toEqual([])
})

it('has a rule or a purpose for every class of a page', () => {
  const named = [...markup.matchAll(/class="([^"<]+)"/g)].flatMap(([, names = '']) =>
    names.trim().split(/\s+/),
  )
  expect(named.filter((name) => !style.includes(`.${name}`))).toEqual([])
})

const found = (text: string, pattern: RegExp): string[] => text.match(new RegExp(pattern, 'gi')) ?? []

it('has no style, script or handler in its pages: the policy would not let it through', () => {
  const pages = templates.map(read).join('\n')
  expect(found(pages, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:/)).toEqual([])
})

it('asks nobody else for a font, a picture or a script', () => {
  expect(found(style, /\burl\(|@import/)).toEqual([])
  expect(found(markup, /(?:src|href)="https?:[^"]*|import\s*\(?['"]https?:/)).toEqual([])
})
