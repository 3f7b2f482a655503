import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { breachedPasswords } from '../../src/adapters/breached-passwords.ts'
import { type RangeServer, startRangeServer } from '../support/range-server.ts'

const STOLEN = 'correct horse battery staple'
const CLEAN = 'seven quiet otters at dawn'

let range: RangeServer
const outcomes: string[] = []
const warnings: object[] = []

beforeAll(async () => {
  range = await startRangeServer({
    stolen: [STOLEN, 'пароль из пяти слов'],
    padded: ['only padding has this'],
  })
})
afterAll(() => range?.stop())
beforeEach(() => {
  range.answerWith(undefined)
  for (const list of [range.asked, outcomes, warnings]) list.length = 0
})

const open = (url: string | undefined = range.url) =>
  breachedPasswords({
    url,
    metrics: { breachedPasswordCheck: (outcome) => outcomes.push(outcome) },
    log: { warn: (fields) => warnings.push(fields) },
    patience: 300,
  })

describe('the list of stolen passwords', () => {
  it.each([
    [STOLEN, true],
    ['пароль из пяти слов', true],
    [CLEAN, false],
    ['only padding has this', false],
  ])('has %s: %s', async (password, isBreached) => {
    expect(await open()(password)).toBe(isBreached)
    expect(outcomes).toEqual([isBreached ? 'breached' : 'clean'])
  })

  it('is asked by five characters of the SHA-1 and with padding, and nothing else of the password leaves', async () => {
    await open(range.url.replace(/\/$/, ''))(STOLEN)
    const hash = createHash('sha1').update(STOLEN).digest('hex').toUpperCase()
    expect(range.asked).toHaveLength(1)
    const [{ path, headers } = { path: '', headers: {} }] = range.asked
    expect(path).toBe(`/range/${hash.slice(0, 5)}`)
    expect(headers).toMatchObject({ 'add-padding': 'true' })
    expect(JSON.stringify(range.asked)).not.toContain(hash.slice(0, 6))
  })

  it('is asked once for passwords that come again, and forgets the oldest', async () => {
    const isBreached = open()
    for (let time = 0; time < 3; time++) expect(await isBreached(STOLEN)).toBe(true)
    expect(range.asked).toHaveLength(1)
    for (let other = 0; other < 16; other++) await isBreached(`another one ${other}`)
    await isBreached(STOLEN)
    expect(range.asked).toHaveLength(18)
  })

  it('is asked by nobody where it is off', async () => {
    const isBreached = breachedPasswords({
      url: undefined,
      metrics: { breachedPasswordCheck: (outcome) => outcomes.push(outcome) },
      log: { warn: (fields) => warnings.push(fields) },
    })
    expect(await isBreached(STOLEN)).toBe(false)
    expect([outcomes, range.asked]).toEqual([[], []])
  })
})

describe('a service that does not answer well lets a password pass, and is counted:', () => {
  const line = `${createHash('sha1').update(STOLEN).digest('hex').toUpperCase().slice(5)}:9\r\n`
  const failures: [string, Parameters<RangeServer['answerWith']>[0]][] = [
    ['no answer', () => undefined],
    ['an answer that stops halfway', (_, response) => void response.write(line)],
    ['an error', (_, response) => void response.writeHead(503).end(line)],
    ['too many requests', (_, response) => void response.writeHead(429, { 'retry-after': '2' }).end()],
    ['another place', (_, response) => void response.writeHead(302, { location: '/range/elsewhere' }).end()],
    ['a closed connection', (request) => void request.socket.destroy()],
    ['an answer without end', (_, response) => void response.end(line.repeat(10_000))],
  ]
  it.each(failures)('%s', async (_, listener) => {
    range.answerWith(listener)
    expect(await open()(STOLEN)).toBe(false)
    expect(outcomes).toEqual(['unavailable'])
    expect(warnings).toHaveLength(1)
    expect(range.asked).toHaveLength(1)
    expect(JSON.stringify(warnings)).not.toContain(STOLEN)
  })

  it('nobody there', async () => {
    expect(await open('http://127.0.0.1:9/range/')(STOLEN)).toBe(false)
    expect(outcomes).toEqual(['unavailable'])
  })

  it('more questions than it is asked at a time', async () => {
    range.answerWith(() => undefined)
    const isBreached = open()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => isBreached(`password ${at}`)))
    expect(answers).not.toContain(true)
    expect(outcomes).toHaveLength(20)
    expect(range.asked.length).toBeLessThanOrEqual(16)
  })

  it('and it is asked again after that', async () => {
    const isBreached = open()
    range.answerWith((_, response) => void response.writeHead(500).end())
    expect(await isBreached(STOLEN)).toBe(false)
    range.answerWith(undefined)
    expect(await isBreached(STOLEN)).toBe(true)
  })
})
