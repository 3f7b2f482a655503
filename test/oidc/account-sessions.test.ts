import { beforeEach, describe, expect, it } from 'vitest'
import { HOUR, parallel } from '../contract/open-for-test.ts'
import { arrangeSessions, TTL } from './arrange-sessions.ts'

const DAY = 24 * HOUR
let at: Awaited<ReturnType<typeof arrangeSessions>>
beforeEach(async () => {
  at = await arrangeSessions()
})

const list = (sub = 'kim') => at.sessions.list(sub)
const references = async (sub?: string) => (await list(sub)).map(({ reference }) => reference)
const idOf = async (reference: string) => (await list()).find((one) => one.reference === reference)?.id ?? ''

describe('the list of sessions', () => {
  it('has each sign-in, the newest first, and nothing of another person', async () => {
    await at.browser('laptop')
    at.time.now += 60_000
    await at.family('service')
    await at.browser('theirs', [], 'lou')
    const [newest, first] = await list()
    expect(newest).toMatchObject({ kind: 'api', device: { client: 'curl' }, address: '192.0.2.7' })
    expect(first).toMatchObject({ kind: 'browser', reference: 'laptop' })
    expect(await references()).toEqual(['service', 'laptop'])
    expect(at.events.map(({ type, sub }) => [type, sub])).toEqual([
      ['session.started', 'kim'],
      ['session.started', 'kim'],
      ['session.started', 'lou'],
    ])
  })

  it('does not grow with what is saved without a sign-in, and keeps the name of one that is repeated', async () => {
    const session = await at.browser('laptop')
    const id = await idOf('laptop')
    const save = () =>
      at.engine('Session').upsert('cookie-laptop', { ...session, jti: 'cookie-laptop' }, TTL.session)
    await save()
    expect(at.events).toHaveLength(1)
    at.time.now += 60_000
    await at.browser('laptop')
    expect(await list()).toMatchObject([{ id, startedAt: at.time.now }])
  })

  it('tells when a browser session was last used, by the session itself', async () => {
    const session = await at.browser('laptop')
    at.time.now += 3 * DAY
    await at.engine('Session').upsert('cookie-laptop', { ...session, jti: 'cookie-laptop' }, TTL.session)
    expect(await list()).toMatchObject([{ startedAt: at.time.now - 3 * DAY, lastUsedAt: at.time.now }])
  })

  it('tells when a family of the API was last used, to the hour', async () => {
    await at.family('service')
    const start = at.time.now
    at.time.now += HOUR / 2
    await at.records.used('kim', 'service')
    expect(await list()).toMatchObject([{ lastUsedAt: start }])
    at.time.now += HOUR
    await at.records.used('kim', 'service')
    expect(await list()).toMatchObject([{ lastUsedAt: at.time.now }])
  })

  it('has nothing that is dead: logged out, expired, removed, ended with the account', async () => {
    await at.browser('logged out')
    await at.engine('Session').destroy('cookie-logged out')
    await at.family('removed')
    await at.engine('Grant').destroy('removed')
    await at.family('idle')
    await at.browser('expired')
    expect(await references()).toEqual(expect.arrayContaining(['idle', 'expired']))
    at.time.now += 31 * DAY
    await at.browser('now')
    expect(await references()).toEqual(['now'])
    at.time.now += 1000
    await at.shared.accounts.endEverything('kim')
    expect(await list()).toEqual([])
  })

  it('does not show the session of a browser to who was signed in there before', async () => {
    await at.browser('shared')
    at.time.now += 1000
    await at.browser('shared', [], 'lou')
    expect(await references('kim')).toEqual([])
    expect(await references('lou')).toEqual(['shared'])
  })
})

describe('a full list', () => {
  it('drops what is dead, and else ends what was used least lately', async () => {
    for (let n = 0; n < 100; n++) {
      await at.browser(`b${n}`, ['shop'])
      at.time.now += 1000
    }
    await at.engine('Session').destroy('cookie-b50')
    await at.browser('one more')
    expect(await at.isSignedIn('b0')).toBe(true)
    await at.browser('and another')
    expect(await at.isSignedIn('b0')).toBe(false)
    expect(await at.hasGrant('b0-shop')).toBe(false)
    expect(await list()).toHaveLength(100)
    expect(at.events.at(-2)).toMatchObject({ type: 'session.ended', detail: { reason: 'too_many' } })
  })

  it('loses no parallel sign-in', async () => {
    await parallel(20, (n) => at.family(`f${n}`))
    expect(await list()).toHaveLength(20)
  })
})

describe('ending a session', () => {
  it('C-25 ends it with all its grants, and tells its clients about this session alone', async () => {
    await at.browser('laptop', ['shop', 'own'])
    await at.browser('phone', ['shop'])
    expect(await at.sessions.end('kim', await idOf('laptop'), '192.0.2.9')).toBe(true)
    await at.settled()
    expect([await at.isSignedIn('laptop'), await at.isSignedIn('phone')]).toEqual([false, true])
    expect(await at.hasGrant('laptop-shop')).toBe(false)
    expect(await at.hasGrant('laptop-own')).toBe(false)
    expect(await at.hasGrant('phone-shop')).toBe(true)
    expect(at.told).toEqual([
      ['shop', 'kim', 'sid-laptop-shop'],
      ['own', 'kim', 'sid-laptop-own'],
    ])
    expect(await references()).toEqual(['phone'])
    const ended = { type: 'session.ended', sub: 'kim', actor: 'kim', address: '192.0.2.9' }
    expect(at.events.at(-1)).toMatchObject(ended)
  })

  it('knows no id of another person, and none that is made up', async () => {
    await at.browser('laptop')
    const id = await idOf('laptop')
    expect(await at.sessions.end('lou', id)).toBe(false)
    expect(await at.sessions.end('kim', 'made up')).toBe(false)
    expect(await at.sessions.end('kim', 'laptop')).toBe(false)
    expect(await at.isSignedIn('laptop')).toBe(true)
  })

  it('R-04 happens once of several at the same moment: one says so, clients are told once', async () => {
    await at.browser('laptop', ['shop'])
    const id = await idOf('laptop')
    const answers = await parallel(5, () => at.sessions.end('kim', id))
    await at.settled()
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(at.told).toHaveLength(1)
    expect(at.events.filter(({ type }) => type === 'session.ended')).toHaveLength(1)
  })

  it('R-04 wins over a tab that saves the session meanwhile, and takes what the tab gave away', async () => {
    const session = await at.browser('laptop', ['shop'])
    const id = await idOf('laptop')
    const late = { ...session, authorizations: { ...session.authorizations, own: { grantId: 'late' } } }
    await at
      .engine('Grant')
      .upsert('late', { kind: 'Grant', accountId: 'kim', clientId: 'own', iat: 1e10 }, 60)
    const save = () => at.engine('Session').upsert('cookie-laptop', { ...late, jti: 'cookie-laptop' }, 60)
    await Promise.all([at.sessions.end('kim', id), save(), save()])
    expect(await at.isSignedIn('laptop')).toBe(false)
    expect(await at.hasGrant('late')).toBe(false)
    await save()
    expect(await at.isSignedIn('laptop')).toBe(false)
  })

  it('ends a family of the API', async () => {
    await at.family('service')
    expect(await at.sessions.end('kim', await idOf('service'))).toBe(true)
    expect(await at.hasGrant('service')).toBe(false)
    expect(await list()).toEqual([])
  })

  it('leaves the next person at a shared browser alone', async () => {
    await at.browser('shared')
    const id = await idOf('shared')
    at.time.now += 1000
    await at.browser('shared', [], 'lou')
    await at.sessions.end('kim', id)
    expect(await at.isSignedIn('shared')).toBe(true)
  })

  it('can be repeated when the store failed half-way', async () => {
    await at.browser('laptop', ['shop'])
    const id = await idOf('laptop')
    const { putIf } = at.store.artifacts
    at.store.artifacts.putIf = async () => {
      throw new Error('away')
    }
    await expect(at.sessions.end('kim', id)).rejects.toThrow('away')
    at.store.artifacts.putIf = putIf
    expect(await at.sessions.end('kim', id)).toBe(true)
    expect(await at.isSignedIn('laptop')).toBe(false)
  })
})

describe('ending several', () => {
  it('ends all others', async () => {
    await at.browser('here', ['shop'])
    await at.browser('there', ['shop'])
    await at.family('service')
    expect(await at.sessions.endOthers('kim', ['here'])).toBe(2)
    await at.settled()
    expect(await references()).toEqual(['here'])
    expect([await at.isSignedIn('here'), await at.hasGrant('here-shop')]).toEqual([true, true])
    expect([await at.isSignedIn('there'), await at.hasGrant('service')]).toEqual([false, false])
    expect(at.told).toEqual([['shop', 'kim', 'sid-there-shop']])
  })

  it('C-25 ends everything, grants of sessions that are over as well', async () => {
    await at.browser('here', ['shop'])
    await at.browser('gone', ['own'])
    await at.engine('Session').destroy('cookie-gone')
    await at.family('service')
    expect(await at.hasGrant('gone-own')).toBe(true)
    at.time.now += 1000
    await at.sessions.endAll('kim', '192.0.2.9')
    await at.settled()
    expect(await at.isSignedIn('here')).toBe(false)
    expect(await at.hasGrant('gone-own')).toBe(false)
    expect(await at.hasGrant('service')).toBe(false)
    expect(at.told).toEqual([['shop', 'kim', 'sid-here-shop']])
    expect(await at.records.list('kim')).toEqual([])
    expect(at.events.at(-1)).toMatchObject({ type: 'sessions.ended', detail: { which: 'all' } })
  })

  it('tells the clients of what a new password has ended, and of nothing else', async () => {
    await at.browser('before', ['shop'])
    at.time.now += 1000
    await at.shared.accounts.endEverything('kim')
    at.time.now += 1000
    await at.browser('after', ['shop'])
    await at.sessions.tellEnded('kim')
    await at.settled()
    expect(at.told).toEqual([['shop', 'kim', 'sid-before-shop']])
    expect(await references()).toEqual(['after'])
    expect(await at.hasGrant('after-shop')).toBe(true)
  })
})
