import { beforeEach, describe, expect, it } from 'vitest'
import { connectedApplications } from '../../src/oidc/connected-applications.ts'
import { lastUse, onceAnHour } from '../../src/oidc/last-use.ts'
import { HOUR, START } from '../contract/open-for-test.ts'
import { arrangeSessions } from './arrange-sessions.ts'

const API = 'https://orders.example/api'

const arrange = async () => {
  const at = await arrangeSessions()
  const { artifacts, consents } = at.store
  const uses = lastUse({ artifacts, now: () => at.time.now, afterwards: at.shared.afterwards })
  const applications = connectedApplications({
    ...at.shared,
    consents,
    lastUse: uses,
    access: {
      find: (identifier) =>
        identifier === API ? { identifier, name: 'Orders', accessTokenFormat: 'jwt' } : undefined,
    },
    askerOf: async (clientId) =>
      clientId === 'gone'
        ? undefined
        : {
            clientId,
            name: `The ${clientId}`,
            homePage: undefined,
            host: `${clientId}.example`,
            logoUri: undefined,
            policyUri: undefined,
            tosUri: undefined,
            firstParty: false,
            selfRegistered: clientId === 'stranger',
          },
  })
  const agree = (clientId: string, sub = 'kim') =>
    consents.add({
      sub,
      clientId,
      scopes: ['openid', 'email'],
      resources: { [API]: ['orders:read'], 'urn:other': [] },
      updatedAt: START,
    })
  return { ...at, uses, applications, agree }
}

let at: Awaited<ReturnType<typeof arrange>>
beforeEach(async () => {
  at = await arrange()
})

const ids = async (sub = 'kim') => (await at.applications.list(sub)).map(({ asker }) => asker.clientId)

describe('the applications of a person', () => {
  it('are those with a consent, with all that was allowed, and of nobody else', async () => {
    await at.agree('shop')
    await at.agree('stranger', 'lou')
    at.uses.used('kim', 'shop')
    await at.settled()
    expect(await at.applications.list('kim')).toEqual([
      expect.objectContaining({
        asker: expect.objectContaining({ name: 'The shop', host: 'shop.example', selfRegistered: false }),
        scopes: ['openid', 'email'],
        resources: [{ identifier: API, name: 'Orders', scopes: ['orders:read'] }],
        since: START,
        lastUsedAt: at.time.now,
      }),
    ])
    expect(await at.applications.list('lou')).toMatchObject([{ asker: { selfRegistered: true } }])
  })

  it('are those with a grant in a session as well, but never the built-in ones', async () => {
    await at.browser('laptop', ['own', 'gatehouse-account'])
    await at.family('service')
    expect(await at.applications.list('kim')).toMatchObject([
      { asker: { clientId: 'own' }, scopes: [], since: undefined, lastUsedAt: undefined },
    ])
    await at.engine('Session').destroy('cookie-laptop')
    expect(await ids()).toEqual([])
  })

  it('stay in the list when the client is not registered any more', async () => {
    await at.agree('gone')
    expect(await ids()).toEqual(['gone'])
    expect(await at.applications.remove('kim', 'gone')).toBe(true)
    expect(await ids()).toEqual([])
  })
})

describe('removing an application', () => {
  it('takes the consent, its part of every session with the grants, and the last use', async () => {
    await at.agree('shop')
    await at.browser('laptop', ['shop', 'own'])
    await at.browser('phone', ['shop'])
    at.uses.used('kim', 'shop')
    await at.settled()
    expect(await at.applications.remove('kim', 'shop', '192.0.2.9')).toBe(true)
    await at.settled()
    expect(await at.store.consents.find('kim', 'shop')).toBeUndefined()
    expect([await at.hasGrant('laptop-shop'), await at.hasGrant('phone-shop')]).toEqual([false, false])
    expect(await at.hasGrant('laptop-own')).toBe(true)
    expect([await at.isSignedIn('laptop'), await at.isSignedIn('phone')]).toEqual([true, true])
    expect(await ids()).toEqual(['own'])
    expect(await at.uses.of('kim', 'shop')).toBeUndefined()
    expect(at.told.toSorted()).toEqual([
      ['shop', 'kim', 'sid-laptop-shop'],
      ['shop', 'kim', 'sid-phone-shop'],
    ])
    expect(at.events.at(-1)).toEqual({
      type: 'consent.removed',
      sub: 'kim',
      actor: 'kim',
      clientId: 'shop',
      address: '192.0.2.9',
    })
  })

  it('C-25 ends grants that no session knows, by the removal that the account remembers', async () => {
    await at.agree('shop')
    await at.browser('laptop', ['shop'])
    await at.engine('Session').destroy('cookie-laptop')
    expect(await at.hasGrant('laptop-shop')).toBe(true)
    await at.applications.remove('kim', 'shop')
    expect(await at.hasGrant('laptop-shop')).toBe(false)
  })

  it('says nothing about what is not there, of another person, or built in', async () => {
    await at.agree('shop', 'lou')
    await at.browser('laptop', ['gatehouse-account'])
    const before = at.events.length
    for (const clientId of ['shop', 'nothing', 'gatehouse-account', 'gatehouse-api'])
      expect(await at.applications.remove('kim', clientId)).toBe(false)
    expect(at.events).toHaveLength(before)
    expect(await at.hasGrant('laptop-gatehouse-account')).toBe(true)
    expect(await ids('lou')).toEqual(['shop'])
  })

  it('R-04 can be repeated when the store fails half-way', async () => {
    await at.agree('shop')
    await at.browser('laptop', ['shop'])
    const { remove } = at.store.consents
    at.store.consents.remove = async () => {
      throw new Error('away')
    }
    await expect(at.applications.remove('kim', 'shop')).rejects.toThrow('away')
    expect(await ids()).toEqual(['shop'])
    at.store.consents.remove = remove
    expect(await at.applications.remove('kim', 'shop')).toBe(true)
    expect(await ids()).toEqual([])
  })
})

it('a use is news once an hour for each name, however many names there are', () => {
  let now = START
  const isNews = onceAnHour(() => now)
  expect([isNews('a'), isNews('a'), isNews('b')]).toEqual([true, false, true])
  now += HOUR
  expect([isNews('a'), isNews('a')]).toEqual([true, false])
  for (let n = 0; n < 10_000; n++) isNews(`name ${n}`)
  expect(isNews('a')).toBe(true)
})
