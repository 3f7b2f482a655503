import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kim, lou, own, seed } from '../flows/subject.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import type { Credentials } from '../support/person.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { besideOf } from './beside.ts'
import { forCrowds } from './settings.ts'

/** Per account and address prefix, per account, and registrations per prefix. */
const [OWN, ACCOUNT, REGISTRATIONS] = [6, 10, 5]
const AT_ONCE = 30
const WRONG = 'not the password of anybody'
const guests = ['ann', 'bob', 'eve'].map((name) => ({
  login: `${name}@example.com`,
  password: 'silver kite over the harbour',
}))
let deployment: Deployment
let party: RelyingParty

const statuses = (pages: Page[]): Record<string, number> => {
  const counted: Record<string, number> = {}
  for (const { status } of pages) counted[status] = (counted[status] ?? 0) + 1
  return counted
}

/** As from a client at this address; the proxy of the deployment puts its own address behind it. */
const at = (address: string) => ({ 'x-forwarded-for': address })

/** A sign-in page, and the address that the client will have. */
const atTheDoor = async (address: string) => {
  const agent = createAgent({ headers: at(address) })
  const { url } = await party.leave()
  return { agent, page: await agent.get(url) }
}

/** Tries a password as often at once, every try in a browser of its own, at whichever process has its turn. */
const tryAtOnce = async (count: number, person: Credentials, address = '192.0.2.1'): Promise<Page[]> => {
  const doors = await Promise.all(Array.from({ length: count }, () => atTheDoor(address)))
  return Promise.all(
    doors.map(({ agent, page }) =>
      agent.submit(page, '#submit-login', { ...person }, { stopAt: own.redirectUri }),
    ),
  )
}

const failuresOf = (login: string): Promise<number> =>
  besideOf(deployment, async ({ store }) => {
    const account = await store.accounts.findByEmailKey(login)
    const events = await store.audit.list({ limit: 1000, sub: account?.sub ?? '', type: 'sign_in.failed' })
    return events.length
  })

describe.skipIf(!services())('limits that processes share', () => {
  beforeAll(async () => {
    const accounts = guests.map(({ login: email, password }) => ({ email, password }))
    deployment = await startDeployment({
      seed: { ...seed, accounts: [...seed.accounts, ...accounts] },
      env: {
        ...forCrowds,
        // Two proxies: ours, and one of the test that says where a client is.
        TRUST_PROXY: '2',
        LIMIT_SIGN_IN_ACCOUNT_PREFIX: String(OWN),
        LIMIT_SIGN_IN_ACCOUNT: String(ACCOUNT),
        LIMIT_REGISTRATION_PREFIX: String(REGISTRATIONS),
      },
    })
    party = await relyingParty(deployment.issuer, own)
  })
  afterAll(() => deployment?.stop())

  it('C-20 X-26 parallel wrong passwords at three processes get no more verifications than the limit', async () => {
    const person = { login: kim.login, password: WRONG }
    expect(statuses(await tryAtOnce(AT_ONCE, person))).toEqual({ 422: OWN, 429: AT_ONCE - OWN })
    await expect.poll(() => failuresOf(kim.login)).toBe(OWN)
  })

  it('C-20 the right password is refused as well then, whichever process is asked', async () => {
    for (const _ of deployment.processes) expect(statuses(await tryAtOnce(1, kim))).toEqual({ 429: 1 })
    const [page] = await tryAtOnce(1, kim)
    expect(Number(page?.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('C-20 the limit of the account holds over many addresses and processes', async () => {
    const pages: Page[] = []
    for (const host of [1, 2, 3, 4])
      pages.push(...(await tryAtOnce(OWN, { login: lou.login, password: WRONG }, `198.51.${host}.1`)))
    expect(statuses(pages)).toEqual({ 422: ACCOUNT, 429: 4 * OWN - ACCOUNT })
    await expect.poll(() => failuresOf(lou.login)).toBe(ACCOUNT)
    expect(statuses(await tryAtOnce(1, lou, '198.51.99.1'))).toEqual({ 429: 1 })
  })

  it('the right password at one process forgets the failures at the others', async () => {
    const [ann] = guests
    if (!ann) throw new Error('nobody to try')
    const wrong = () => tryAtOnce(OWN - 1, { ...ann, password: WRONG }, '203.0.113.1')
    expect(statuses(await wrong())).toEqual({ 422: OWN - 1 })
    expect(statuses(await tryAtOnce(1, ann, '203.0.113.1'))).toEqual({ 303: 1 })
    expect(statuses(await wrong())).toEqual({ 422: OWN - 1 })
  })

  it('registrations are counted together, and no more accounts are made than the limit', async () => {
    const pages = await Promise.all(
      Array.from({ length: 3 * REGISTRATIONS }, async (_, at) => {
        const agent = createAgent()
        const page = await agent.get(`${deployment.issuer}/register`)
        const values = { email: `new-${at}@example.com`, password: 'seven otters in the reeds' }
        return agent.submit(page, '#submit-register', values, { stopAt: '' })
      }),
    )
    expect(statuses(pages)).toEqual({ 303: REGISTRATIONS, 429: 2 * REGISTRATIONS })
    const made = await besideOf(deployment, ({ store }) =>
      store.accounts.list({ limit: 100, prefix: 'new-' }),
    )
    expect(made).toHaveLength(REGISTRATIONS)
  })

  it('C-20 the limit outlives the process that counted, and holds at one that has just started', async () => {
    const [, bob] = guests
    if (!bob) throw new Error('nobody to try')
    const [first, second] = deployment.processes
    for (const process of [first, second]) if (process) deployment.leaveOut(process)
    expect(statuses(await tryAtOnce(OWN, { ...bob, password: WRONG }))).toEqual({ 422: OWN })
    const fresh = await deployment.add()
    const third = deployment.processes[2]
    if (third) deployment.leaveOut(third)
    await third?.kill()
    expect(statuses(await tryAtOnce(1, bob))).toEqual({ 429: 1 })
    expect(fresh.output()).toContain('ready')
  })
})
