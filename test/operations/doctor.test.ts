import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatehouse } from '../support/command.ts'
import { scaleSettings } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'
import { startRedis } from '../support/services/redis.ts'

interface Finding {
  subject: string
  state: 'fine' | 'warning' | 'fault'
  text: string
  advice?: string
}
type Place = Pick<RunningServer, 'home' | 'port'>

const examine = async (place: Place, env: Record<string, string> = {}) => {
  const { code, out, err } = await gatehouse(place, ['doctor', '--json'], { env })
  const { faults, findings }: { faults: number; findings: Finding[] } = JSON.parse(out)
  const about = (subject: string) => findings.filter((finding) => finding.subject === subject)
  return { code, err, out, faults, findings, about, states: findings.map(({ state }) => state) }
}
/** The data of a server that ran and was stopped. */
const formerly = async (env?: Record<string, string>): Promise<Place> => {
  const server = await startServer(env ? { env } : {})
  await server.stop()
  return server
}
const fresh = async (): Promise<Place> => ({ home: newHome(), port: await freePort() })

let server: RunningServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server?.stop())

it('finds a running installation in order, line by line, and leaves it as it is', async () => {
  const { code, out, err } = await gatehouse(server, ['doctor'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const line of out.trimEnd().split('\n')) expect(line).toMatch(/^ok {5}[A-Z][\w ]+: \S/)
  const subjects = out.split('\n').map((line) => /^ok {5}([\w ]+):/.exec(line)?.[1])
  const wanted = [
    'Settings',
    'Keys',
    'Data file',
    'Disk',
    'Signing keys',
    'Administrator',
    'Deletions',
    'Clock',
  ]
  expect(subjects.filter((subject) => subject !== undefined)).toEqual(wanted)
  expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200)
})

it('says the same to programs as JSON', async () => {
  const { code, faults, states } = await examine(server)
  expect({ code, faults }).toEqual({ code: 0, faults: 0 })
  expect(new Set(states)).toEqual(new Set(['fine']))
})

it('tells every fault of the settings with what to do, without the values of secrets', async () => {
  const env = { PORT: 'many', COOKIE_KEYS: 'whispered', TTL_SESION: '5', WORKERS: '4' }
  const { code, out, err } = await gatehouse(server, ['doctor'], { env })
  expect({ code, err }).toEqual({ code: 1, err: 'There are 3 faults.\n' })
  for (const name of ['PORT', 'COOKIE_KEYS', 'WORKERS'])
    expect(out).toMatch(new RegExp(`^fault {2}Settings: ${name}: wanted .*\\n {7}Change ${name} `, 'm'))
  expect(out).toMatch(/^warn {3}Settings: TTL_SESION is not a setting.*was TTL_SESSION meant\?$/m)
  expect(out).not.toContain('whispered')
})

it('warns before the first start, and makes nothing', async () => {
  const place = await fresh()
  const { code, states, about } = await examine(place)
  expect({ code, states }).toEqual({ code: 0, states: ['fine', 'warning', 'warning'] })
  expect(about('Store')).toMatchObject([{ text: expect.stringContaining(join(place.home, 'data')) }])
  expect(readdirSync(place.home)).toEqual([])
})

it('finds key files that others may read, and still looks at the store', async () => {
  const path = join(server.home, 'keys', 'sealing.key')
  chmodSync(path, 0o644)
  const { code, about } = await examine(server).finally(() => chmodSync(path, 0o600))
  expect(code).toBe(1)
  expect(about('Keys')).toMatchObject([
    { state: 'fault', text: expect.stringContaining(`run: chmod 600 ${path}`) },
  ])
  expect(about('Data file')).toMatchObject([{ state: 'fine' }])
  expect(about('Signing keys')).toEqual([])
})

it('finds a sealing key that is gone, and does not make another one', async () => {
  const place = await formerly()
  rmSync(join(place.home, 'keys', 'sealing.key'))
  const { code, about } = await examine(place)
  expect(code).toBe(1)
  expect(about('Keys')).toMatchObject([{ state: 'fault', advice: expect.stringContaining('from a backup') }])
  expect(existsSync(join(place.home, 'keys', 'sealing.key'))).toBe(false)
})

it('finds signing keys that the sealing key does not open', async () => {
  const other = await formerly()
  const { code, about, err } = await examine(server, { KEYS_DIR: join(other.home, 'keys') })
  expect({ code, err }).toEqual({ code: 1, err: 'There is a fault.\n' })
  expect(about('Signing keys')).toMatchObject([
    { state: 'fault', text: expect.stringContaining('SEALING_KEY, or sealing.key in KEYS_DIR') },
  ])
  expect(about('Administrator')).toMatchObject([{ state: 'fine' }])
})

it('finds data that cannot be opened, with a sentence and no stack', async () => {
  const place = await formerly()
  rmSync(join(place.home, 'data'), { recursive: true })
  mkdirSync(join(place.home, 'data', 'gatehouse.sqlite'), { recursive: true })
  const { code, out, about } = await examine(place)
  expect(code).toBe(1)
  expect(about('Store')).toMatchObject([
    { state: 'fault', text: expect.stringContaining('gatehouse.sqlite') },
  ])
  expect(out).not.toMatch(/\n +at |\w+Error:/)
})

it('warns when nobody is an administrator', async () => {
  const place = await formerly({ NODE_ENV: 'production' })
  const { code, about } = await examine(place, { NODE_ENV: 'production' })
  expect(code).toBe(0)
  expect(about('Administrator')).toMatchObject([
    { state: 'warning', advice: expect.stringContaining('gatehouse account create') },
  ])
})

it('finds a clock that is behind what was stored', async () => {
  const place = await formerly()
  const db = new DatabaseSync(join(place.home, 'data', 'gatehouse.sqlite'))
  const { value } = db.prepare("select value from documents where name = 'signing-keys'").get() ?? {}
  const document = JSON.parse(String(value))
  for (const key of document.keys) key.since += 3_600_000
  db.prepare("update documents set value = ? where name = 'signing-keys'").run(JSON.stringify(document))
  db.close()
  const { code, about } = await examine(place)
  expect(code).toBe(1)
  expect(about('Clock')).toMatchObject([{ state: 'fault', advice: expect.stringContaining('NTP') }])
})

describe.skipIf(!services())('in scale mode', () => {
  const home = newHome()
  const place = async (): Promise<Place> => ({ home, port: await freePort() })
  const settings = () => scaleSettings(home)
  let scaled: RunningServer
  beforeAll(async () => {
    scaled = await startServer({ home, env: settings() })
  })
  afterAll(() => scaled?.stop())

  it('finds both stores, the keys and the clocks in order', async () => {
    const { code, about } = await examine(scaled, settings())
    expect(code).toBe(0)
    for (const subject of ['Keys', 'Redis maxmemory-policy', 'Signing keys', 'Administrator', 'Clock'])
      expect(about(subject)).toMatchObject([{ state: 'fine' }])
  })

  it('R-07 finds a Redis that may drop what it holds', async () => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    const found = await examine(await place(), { ...settings(), REDIS_URL: redis.url }).finally(redis.stop)
    expect(found.code).toBe(1)
    expect(found.about('Redis maxmemory-policy')).toMatchObject([
      { state: 'fault', text: expect.stringContaining('noeviction') },
    ])
  })

  it('R-01 finds a store that is away, without its password, and looks at what does not need it', async () => {
    const away = `127.0.0.1:${await freePort()}`
    const REDIS_URL = `redis://:whispered@${away}`
    const { code, out, about } = await examine(await place(), { ...settings(), REDIS_URL })
    expect(code).toBe(1)
    expect(about('Redis')).toMatchObject([{ state: 'fault' }])
    expect(about('Signing keys')).toMatchObject([{ state: 'fine' }])
    expect(out).not.toMatch(/whispered|\n +at /)
  })

  it('finds a MongoDB that is away, without its password, and looks at Redis all the same', async () => {
    const MONGODB_URL = `mongodb://root:whispered@127.0.0.1:${await freePort()}/gatehouse`
    const { code, out, about } = await examine(await place(), { ...settings(), MONGODB_URL })
    expect(code).toBe(1)
    expect(about('MongoDB')).toMatchObject([
      { state: 'fault', text: expect.stringContaining('has not answered'), advice: expect.any(String) },
    ])
    expect(about('Redis maxmemory-policy')).toMatchObject([{ state: 'fine' }])
    expect(out).not.toMatch(/whispered|\n +at /)
  })
})
