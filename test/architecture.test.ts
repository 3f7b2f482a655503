import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../src')

/** Each layer may import itself and what is named here; `main` and `cli` are files, the others folders or files. */
const arrows: Record<string, readonly string[]> = {
  errors: [],
  'fault-report': [],
  banner: [],
  drain: [],
  listen: [],
  'stop-signals': ['fault-report'],
  i18n: [],
  domain: ['errors'],
  config: ['domain'],
  store: ['errors', 'domain'],
  transfer: ['errors', 'domain'],
  adapters: ['errors', 'domain'],
  oidc: ['errors', 'domain'],
  http: ['errors', 'domain'],
  api: ['errors', 'domain', 'oidc', 'http'],
  grpc: ['errors', 'domain', 'oidc', 'http'],
  pages: ['errors', 'i18n', 'domain', 'oidc', 'http'],
  server: ['http'],
  management: ['http'],
  build: ['config', 'domain', 'store', 'adapters'],
  assemble: ['api', 'build', 'grpc', 'i18n', 'domain', 'oidc', 'http', 'pages', 'server'],
  prepare: ['build', 'domain'],
  'store-report': ['build'],
  workers: [
    'adapters',
    'assemble',
    'banner',
    'build',
    'config',
    'domain',
    'drain',
    'fault-report',
    'http',
    'listen',
    'management',
    'prepare',
    'server',
    'stop-signals',
    'store-report',
  ],
  serve: [
    'assemble',
    'banner',
    'build',
    'config',
    'domain',
    'drain',
    'fault-report',
    'listen',
    'management',
    'prepare',
    'server',
    'stop-signals',
    'store-report',
    'workers',
  ],
  commands: ['adapters', 'build', 'config', 'domain', 'errors', 'serve', 'store', 'transfer'],
  cli: ['commands', 'fault-report'],
  main: ['serve'],
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const layerOf = (file: string): string => file.split('/')[0]?.replace(/\.ts$/, '') ?? ''
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, path]) =>
    relative(root, join(root, dirname(file), path ?? '')),
  )

it('has a line here for every layer, and a layer for every line', () => {
  expect([...new Set(files.map(layerOf))].sort()).toEqual(Object.keys(arrows).sort())
})

it('imports in one direction only', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => layerOf(target) !== layerOf(file))
      .filter((target) => !arrows[layerOf(file)]?.includes(layerOf(target)))
      .map((target) => `${file} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

it('has no circle of imports', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]))
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (path.includes(file) || done.has(file)) return
    for (const target of imports.get(file) ?? []) walk(target, [...path, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})

it('reads the environment in one place', () => {
  const readers = files.filter((file) => /process\.env\b/.test(readFileSync(join(root, file), 'utf8')))
  expect(readers.filter((file) => layerOf(file) !== 'config')).toEqual([])
})

it('keeps koa, the engine and the databases out of the rules', () => {
  const outside = /from '(koa|@koa\/router|oidc-provider|ioredis|mongodb|node:sqlite|node:http|ejs|pino)'/
  const rules = files.filter((file) => layerOf(file) === 'domain')
  expect(rules.filter((file) => outside.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
})

it.each([
  ['node:sqlite', 'store/sqlite/'],
  ['mongodb', 'store/mongo/'],
  ['ioredis', 'store/redis/'],
])('knows %s in one driver only', (library, folder) => {
  const users = files.filter((file) => readFileSync(join(root, file), 'utf8').includes(`from '${library}'`))
  expect(users).not.toEqual([])
  expect(users.filter((file) => !file.startsWith(folder))).toEqual([])
})
