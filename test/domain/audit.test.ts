import { expect, it } from 'vitest'
import { type AuditParts, audit } from '../../src/domain/audit.ts'
import { refuse } from '../../src/errors.ts'
import { START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

/** A trail into a real store, with the log lines that it wrote and a clock to set. */
const arrange = async (changes: Partial<AuditParts> = {}) => {
  const lines: { level: 'info' | 'error'; fields: object }[] = []
  const time = { now: START }
  const { audit: store } = await openTestStore()
  const trail = audit({
    store,
    log: {
      info: (fields) => lines.push({ level: 'info', fields }),
      error: (fields) => lines.push({ level: 'error', fields }),
    },
    now: () => time.now,
    ...changes,
  })
  return { trail, time, lines, stored: () => store.list({ limit: 5000 }) }
}

it('stores an event with its time and all it says', async () => {
  const { trail, stored } = await arrange()
  const event = {
    type: 'sign_in.succeeded' as const,
    actor: 'kim',
    sub: 'kim',
    clientId: 'shop',
    address: '192.0.2.1',
    detail: { amr: ['pwd'], attempts: 2 },
  }
  trail(event)
  trail({ type: 'grant.revoked' })
  await trail.settled()
  const [second, first] = await stored()
  expect(first).toEqual({ ...event, id: first?.id, at: START })
  expect(second).toMatchObject({ type: 'grant.revoked', sub: undefined, detail: {} })
})

it('ASVS 16.3.1 writes every event to the log too', async () => {
  const { trail, lines } = await arrange()
  trail({ type: 'sign_in.failed', sub: 'kim' })
  expect(lines).toEqual([
    { level: 'info', fields: { event: expect.objectContaining({ type: 'sign_in.failed', sub: 'kim' }) } },
  ])
  await trail.settled()
})

it('keeps the order of the calls, within a millisecond and when the clock is set back', async () => {
  const { trail, time, stored } = await arrange()
  for (let n = 0; n < 1000; n++) {
    if (n % 100 === 50) time.now += 1
    if (n % 300 === 299) time.now -= 60_000
    trail({ type: 'grant.revoked', detail: { n } })
  }
  await trail.settled()
  const numbers = (await stored()).map(({ detail }) => detail.n)
  expect(numbers).toEqual(Array.from({ length: 1000 }, (_, n) => 999 - n))
})

it('gives other ids in every process, for events of the same moment', async () => {
  const trails = await Promise.all([arrange(), arrange()])
  for (const { trail } of trails) trail({ type: 'keys.rotated' })
  const ids = await Promise.all(
    trails.map(async ({ trail, stored }) => {
      await trail.settled()
      return (await stored())[0]?.id
    }),
  )
  expect(new Set(ids).size).toBe(2)
})

it.each([
  ['rejects', () => Promise.reject(refuse('store_unavailable'))],
  [
    'throws',
    () => {
      throw new Error('closed')
    },
  ],
])('logs an event in full when the store %s, and goes on', async (_how, append) => {
  const { trail, lines } = await arrange({ store: { append } })
  expect(trail({ type: 'session.ended', sub: 'kim' })).toBeUndefined()
  await expect(trail.settled()).resolves.toBeUndefined()
  expect(lines.at(-1)).toEqual({
    level: 'error',
    fields: { err: expect.any(Error), event: expect.objectContaining({ type: 'session.ended', sub: 'kim' }) },
  })
})

it('waits at the end for what is not stored yet', async () => {
  let finish = (): void => undefined
  const stored = new Promise<void>((resolve) => {
    finish = resolve
  })
  const { trail } = await arrange({ store: { append: () => stored } })
  trail({ type: 'keys.rotated' })
  const order: string[] = []
  const settled = trail.settled().then(() => order.push('settled'))
  await new Promise(setImmediate)
  order.push('stored')
  finish()
  await settled
  expect(order).toEqual(['stored', 'settled'])
})

it('X-40 cuts what a request made long, wide or deep', async () => {
  const { trail, stored } = await arrange()
  const long = 'x'.repeat(100_000)
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${n}${long}`, long]))
  trail({
    type: 'keys.rotated',
    address: long,
    clientId: long,
    detail: { wide, deep: { a: { b: { c: { d: 1 } } } } },
  })
  await trail.settled()
  const [event] = await stored()
  expect(JSON.stringify(event).length).toBeLessThan(20_000)
  expect(event?.clientId).toBe(`${'x'.repeat(256)}…`)
  expect(event?.detail.deep).toEqual({ a: { b: { c: '…' } } })
})
