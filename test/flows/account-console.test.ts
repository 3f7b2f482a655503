import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account } from '../../src/domain/ports.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { answerFor, atConsole, leaving, signIn } from './at-console.ts'
import { countStored, storeBeside } from './beside.ts'
import { kim, lou, seed, shop, startSubject } from './subject.ts'

const COOKIE = 'gatehouse_account'
let server: RunningServer

beforeAll(async () => {
  server = await startSubject({ env: { AUTH_API: 'off' } })
})
afterAll(() => server?.stop())

const isGate = (page: Page): boolean => page.has('#submit-login')

describe('signing in', () => {
  it('goes through the protocol and shows the page that was asked for', async () => {
    const { agent, page } = await atConsole(server, kim, { path: '/account/activity' })
    expect([page.status, page.url]).toEqual([200, `${server.issuer}/account/activity`])
    expect(page.text('[aria-current=page]')).toBe('Activity')
    const overview = await agent.get(`${server.issuer}/account`)
    expect([overview.text('h1'), overview.text('main')]).toEqual(['Kim', expect.stringContaining(kim.login)])
    const cookie = agent.cookies.find(COOKIE)
    expect(Buffer.from(cookie?.value ?? '', 'base64url')).toHaveLength(32)
    expect(cookie?.attributes).toMatchObject({ httponly: '', samesite: 'Lax', path: '/' })
  })

  it('asks nothing of a person who is signed in elsewhere in this browser, and nobody for consent', async () => {
    const { agent } = await atConsole(server, kim)
    agent.cookies.remove(COOKIE)
    const page = await agent.get(`${server.issuer}/account/profile`)
    expect([page.status, page.url]).toEqual([200, `${server.issuer}/account/profile`])
  })

  it('C-30 has a new id after every sign-in, and the one before is dead', async () => {
    const agent = createAgent()
    await agent.get(`${server.issuer}/account`)
    agent.cookies.take(new URL(server.issuer), [`${COOKIE}=${'planted'.padEnd(43, 'x')}; Path=/`])
    await atConsole(server, kim, { agent })
    const first = agent.cookies.find(COOKIE)?.value ?? ''
    expect(first).not.toContain('planted')
    const answer = await answerFor(
      server,
      agent,
      kim,
      await (async () => {
        const other = createAgent({ cookies: agent.cookies })
        other.cookies.remove(COOKIE)
        return leaving(server, other)
      })(),
    )
    agent.cookies.take(new URL(server.issuer), [`${COOKIE}=${first}; Path=/`])
    await agent.get(answer.href)
    expect(agent.cookies.find(COOKIE)?.value).not.toBe(first)
    const thief = createAgent()
    thief.cookies.take(new URL(server.issuer), [`${COOKIE}=${first}; Path=/`])
    expect(isGate(await thief.get(`${server.issuer}/account`))).toBe(true)
  })

  it('leaves no token behind: the access token has done its work', async () => {
    const before = await countStored(server, 'AccessToken')
    await atConsole(server, kim)
    expect(await countStored(server, 'AccessToken')).toBe(before)
  })

  it('shows who cancels where to sign in, and nothing else', async () => {
    const agent = createAgent()
    const gate = await agent.get(`${server.issuer}/account`)
    const page = await agent.submit(gate, '#cancel')
    expect([page.status, page.has('[role=alert]'), page.text('#sign-in')]).toEqual([200, false, 'Sign in'])
    expect(agent.cookies.find(COOKIE)).toBeUndefined()
    expect(isGate(await agent.follow(page, '#sign-in'))).toBe(true)
  })

  it.each(['//account', '/account/', '/ACCOUNT', '/account;x', '/account%2f', '/account/nothing'])(
    'C-22, C-37 knows no page %s',
    async (path) => {
      const { agent } = await atConsole(server, kim)
      expect((await agent.get(server.issuer + path)).status).toBe(404)
    },
  )
})

/** The page of an answer that is not good: a way to sign in, no session, none of its text. */
const expectRefused = (page: Page): void => {
  expect([page.status, page.location]).toEqual([400, undefined])
  expect(page.select('[role=alert]')[0]?.attributes['data-error']).toBe('start_again')
  expect(page.html).not.toContain('x-markup')
}

describe('C-27 the answer to a sign-in', () => {
  const forged: [string, (answer: URL) => void][] = [
    ['without a state', ({ searchParams }) => searchParams.delete('state')],
    ['with a foreign state', ({ searchParams }) => searchParams.set('state', 'x'.repeat(43))],
    ['with a state twice', ({ searchParams }) => searchParams.append('state', 'x')],
    ['without an issuer', ({ searchParams }) => searchParams.delete('iss')],
    ['of another issuer', ({ searchParams }) => searchParams.set('iss', 'https://evil.example')],
    ['without a code', ({ searchParams }) => searchParams.delete('code')],
    ['with a code twice', ({ searchParams }) => searchParams.append('code', 'x')],
    ['with a made-up code', ({ searchParams }) => searchParams.set('code', 'x'.repeat(43))],
    ['with an error of its own', ({ searchParams }) => searchParams.set('error', '<x-markup>')],
  ]
  it.each(forged)('is refused %s', async (_, forge) => {
    const agent = createAgent()
    const answer = await answerFor(server, agent, kim, await leaving(server, agent))
    forge(answer)
    expectRefused(await agent.get(answer.href))
    expect(agent.cookies.find(COOKIE)).toBeUndefined()
  })

  it('is refused in another browser, and still good in its own', async () => {
    const agent = createAgent()
    const answer = await answerFor(server, agent, kim, await leaving(server, agent))
    const stranger = createAgent()
    await stranger.get(`${server.issuer}/account`)
    for (const other of [createAgent(), stranger]) expectRefused(await other.get(answer.href))
    expect((await agent.get(answer.href)).url).toBe(`${server.issuer}/account`)
  })

  it('is good once, in sequence and in parallel', async () => {
    const agent = createAgent()
    const answer = await answerFor(server, agent, kim, await leaving(server, agent))
    const pages = await Promise.all(Array.from({ length: 10 }, () => agent.get(answer.href, { stopAt: '' })))
    expect(pages.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(400)])
    expectRefused(await agent.get(answer.href))
  })

  it('is refused with a code of another client, and with one that another attempt asked for', async () => {
    const agent = createAgent()
    const [one, two] = [await leaving(server, agent), await leaving(server, agent)]
    const stop = { stopAt: shop.redirectUri }
    const foreign = new URL(one)
    foreign.searchParams.set('client_id', shop.clientId)
    foreign.searchParams.set('redirect_uri', shop.redirectUri)
    const gate = await signIn(agent, await agent.get(foreign.href, stop), kim, stop)
    const page = gate.has('#allow') ? await agent.submit(gate, '#allow', {}, stop) : gate
    const code = new URL(page.location ?? '').searchParams.get('code') ?? ''
    const answer = await answerFor(server, agent, kim, one)
    const other = new URL(answer)
    other.searchParams.set('code', code)
    expectRefused(await agent.get(other.href))
    const mixed = await answerFor(server, agent, kim, two)
    mixed.searchParams.set('code', answer.searchParams.get('code') ?? '')
    expectRefused(await agent.get(mixed.href))
  })

  it('C-11, C-12 leads to a page of the console only, whatever stands in the address', async () => {
    const asked = ['?to=https://evil.example', `/activity?before=${'%2f'.repeat(300)}`, '?//evil.example']
    for (const path of asked) {
      const { page } = await atConsole(server, kim, { path: `/account${path}` })
      expect(page.url.replace(/\?.*/, '')).toBe(`${server.issuer}/account`)
    }
  })
})

/** Changes an account as a command beside the server does. */
const change = async (login: string, changes: Partial<Account>): Promise<void> => {
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(login)
  if (!account) throw new Error(`no account ${login}`)
  await store.accounts.replace({ ...account, ...changes })
  await store.close()
}

describe('C-25 a visit ends', () => {
  it('with the logout that the console itself asks for', async () => {
    const { agent, page } = await atConsole(server, lou)
    const asked = await agent.submit(page, '#sign-out')
    expect([asked.text('h1'), agent.cookies.find(COOKIE)]).toEqual(['Sign out?', undefined])
    const home = await agent.submit(asked, '#logout-yes')
    expect(home.url).toBe(`${server.issuer}/`)
    expect(isGate(await agent.get(`${server.issuer}/account`))).toBe(true)
  })

  it('with a logout anywhere in this browser', async () => {
    const { agent } = await atConsole(server, lou)
    const asked = await agent.get(`${server.issuer}/oauth2/logout`)
    await agent.submit(asked, '#logout-yes')
    expect(agent.cookies.find(COOKIE)).toBeDefined()
    expect(isGate(await agent.get(`${server.issuer}/account`))).toBe(true)
  })

  it('when another person signs in in this browser', async () => {
    const { agent } = await atConsole(server, lou)
    const stop = { stopAt: shop.redirectUri }
    const url = new URL(await leaving(server, createAgent()))
    url.searchParams.set('client_id', shop.clientId)
    url.searchParams.set('redirect_uri', shop.redirectUri)
    url.searchParams.set('prompt', 'login')
    const switched = await signIn(agent, await agent.get(url.href, stop), kim, stop)
    // Another person: the engine ends the session of the first one by a form that a browser sends by itself.
    await agent.submit(switched, 'button', {}, stop)
    const { page } = await atConsole(server, kim, { agent })
    expect(page.text('h1')).toBe('Kim')
  })

  it.each([
    ['everywhere', { validAfter: Date.now() + 2000 }],
    ['when the account is disabled', { disabled: true, validAfter: Date.now() + 2000 }],
  ])('%s, within a second and in every process', async (_, changes) => {
    const { agent } = await atConsole(server, lou)
    await change(lou.login, { ...changes, validAfter: Date.now() + 1000 })
    const gates = () =>
      Promise.all(Array.from({ length: 3 }, async () => isGate(await agent.get(`${server.issuer}/account`))))
    await expect.poll(gates, { timeout: 2_000 }).toEqual([true, true, true])
    await change(lou.login, { disabled: false })
  })
})

it('is no client that anybody registers, and none of a person', () => {
  expect(seed.clients.map(({ client_id }) => client_id)).not.toContain('gatehouse-account')
})
