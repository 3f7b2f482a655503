import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { oneBitOff } from '../domain/arrange-proofs.ts'
import { atConsole } from '../flows/at-console.ts'
import { type App, type Beside, openBeside } from '../flows/factors-beside.ts'
import { type Gate, gateOf } from '../flows/gate.ts'
import { bearer, restCalls } from '../flows/rest-calls.ts'
import { startSubject } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, csrfOn } from './attacker.ts'

const NEXT = 'copper kettle over the hill'

type Kind =
  | 'reset'
  | 'proof'
  | 'address'
  | 'undo'
  | 'challenge'
  | 'passkey challenge'
  | 'interaction'
  | 'token of a form'
  | 'console session'
  | 'console sign-in'
  | 'browser session'
  | 'device'
  | 'refresh'
  | 'access'
  | 'session'

let server: RunningServer
let beside: Beside
let mails: MailFiles
let gate: Gate
let evil: Attacker
let app: App
let ids: Record<Kind, string>
const rest = restCalls(() => server)

/** Who the ids are of. */
let people: Record<'resets' | 'changes' | 'leaves' | 'has an app', Credentials>
let unproven: string

beforeAll(async () => {
  server = await startSubject({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_MAIL_PREFIX: '1000', LIMIT_SIGN_IN_PREFIX: '1000' },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
  gate = await gateOf(server)
  evil = attacker(server)
  const [resets, changes, leaves, holder] = [
    await beside.newcomer(),
    await beside.newcomer(),
    await beside.newcomer(),
    await beside.newcomer(),
  ]
  people = { resets, changes, leaves, 'has an app': holder }
  app = (await beside.giveApp(holder.login)).app
  ids = { ...(await ofLetters()), ...(await ofSignIns()) }
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const tokenFor = async (to: string, subject = /./): Promise<string> =>
  new URL(linkIn(await mails.next({ to, subject }))).searchParams.get('token') ?? ''

const ofLetters = async () => {
  await rest.post('/auth/password/forgot', { email: people.resets.login })
  const reset = await tokenFor(people.resets.login)
  unproven = `${randomBytes(8).toString('hex')}@example.com`
  await rest.post('/auth/register', { email: unproven, password: NEXT })
  const elsewhere = `${randomBytes(8).toString('hex')}@example.com`
  const email = await atConsole(server, people.changes, { path: '/account/email' })
  await email.agent.submit(email.page, '#submit-email', { email: elsewhere })
  const leave = await atConsole(server, people.leaves, { path: '/account/leave' })
  await leave.agent.submit(leave.page, '#submit-leave', { confirm: people.leaves.login })
  return {
    reset,
    proof: await tokenFor(unproven),
    address: await tokenFor(elsewhere),
    undo: await tokenFor(people.leaves.login),
  }
}

const ofSignIns = async () => {
  const holder = people['has an app']
  const { body } = await rest.post('/auth/login', { email: holder.login, password: holder.password })
  const agent = createAgent()
  const { page } = await gate.open(agent)
  const options = await gate.post(agent, page, 'passkey/options', {})
  const visitor = createAgent()
  const { page: account } = await atConsole(server, people.changes, { agent: visitor })
  const cookie = (name: string): string => visitor.cookies.find(name)?.value ?? ''
  const tokens = (await rest.login(people.changes)).body
  const list = await fetch(`${server.issuer}/auth/sessions`, { headers: bearer(tokens.access_token) })
  const { sessions } = JSON.parse(await list.text())
  return {
    challenge: String(body.challenge),
    'passkey challenge': String(JSON.parse(options.html).challenge),
    interaction: page.url.replace(/.*interaction\//, '').replace(/[/?].*/, ''),
    'token of a form': csrfOn(account),
    'console session': cookie('gatehouse_account'),
    'console sign-in': cookie('gatehouse_account_signin'),
    'browser session': cookie('gatehouse_session'),
    device: cookie('gatehouse_device'),
    refresh: String(tokens.refresh_token),
    access: String(tokens.access_token),
    session: String(sessions[0].id),
  }
}

interface Door {
  own: Kind
  /** What it answers to an id of another kind: a status, with the code of a problem. */
  shut: readonly unknown[]
  open(id: string): Promise<readonly unknown[]>
}

const overRest = (
  own: Kind,
  path: string,
  body: (id: string) => object,
  code: string,
  status = 400,
): Door => ({
  own,
  shut: [status, code],
  open: async (id) => {
    const answer = await rest.post(path, body(id))
    return [answer.status, answer.body.code]
  },
})

/** A page behind a letter, looked at and sent. */
const page = (own: Kind, path: string): Door => ({
  own,
  shut: [400, 400],
  open: async (token) => {
    const agent = evil.browser()
    const looked = await agent.get(`${server.issuer}${path}?${new URLSearchParams({ token })}`)
    const csrf = csrfOn(await agent.get(`${server.issuer}/recover`))
    const headers = { origin: server.issuer, 'sec-fetch-site': 'same-origin' }
    const sent = await agent.post(
      server.issuer + path,
      { csrf, token, password: NEXT },
      { headers, stopAt: '' },
    )
    return [looked.status, sent.status]
  },
})

const cookieDoor = (own: Kind, name: string): Door => ({
  own,
  shut: [303, '/oauth2/authorize'],
  open: async (id) => {
    const shown = await evil.get('/account', { cookie: `${name}=${id}` })
    return [shown.status, new URL(shown.location ?? server.issuer).pathname]
  },
})

const doors: [string, Door][] = [
  ['the page of a new password', page('reset', '/reset')],
  [
    'a new password over REST',
    overRest('reset', '/auth/password/reset', (token) => ({ token, password: NEXT }), 'invalid_proof'),
  ],
  ['the page that proves an address', page('proof', '/verify')],
  [
    'the proof of an address over REST',
    overRest('proof', '/auth/email/verify', (token) => ({ token, password: NEXT }), 'invalid_proof'),
  ],
  ['the page of a new address', page('address', '/account/address')],
  ['the page that keeps an account', page('undo', '/account/restore')],
  [
    'the code over REST',
    overRest(
      'challenge',
      '/auth/login/mfa',
      (challenge) => ({ challenge: challenge.slice(0, 100), code: '123456' }),
      'invalid_challenge',
      401,
    ),
  ],
  [
    'a refresh over REST',
    overRest(
      'refresh',
      '/auth/refresh',
      (refresh_token) => ({ refresh_token: refresh_token.slice(0, 1000) }),
      'invalid_token',
      401,
    ),
  ],
  [
    'a call with a token',
    {
      own: 'access',
      shut: [401, 'invalid_token'],
      open: async (id) => {
        const { status, body } = await rest.me(id)
        return [status, body.code]
      },
    },
  ],
  ['the console', cookieDoor('console session', 'gatehouse_account')],
  [
    'the callback of the console',
    {
      own: 'console sign-in',
      shut: [400],
      open: async (id) => {
        const query = new URLSearchParams({ state: id, code: id, iss: server.issuer })
        const cookie = `gatehouse_account_signin=${id}`
        return [(await evil.get(`/account/callback?${query}`, { cookie })).status]
      },
    },
  ],
]

it.each(doors)('C-02 no id of another kind opens %s', async (_, { own, shut, open }) => {
  for (const [kind, id] of Object.entries(ids)) {
    expect([kind, id.length > 20]).toEqual([kind, true])
    if (kind !== own) expect([kind, ...(await open(id))]).toEqual([kind, ...shut])
  }
})

it.each(doors)('C-02 no id that is nearly right opens %s', async (_, { own, shut, open }) => {
  const good = ids[own]
  const [first = ''] = good
  for (const wrong of [oneBitOff(good), good.slice(0, -1), `${good}A`, first + good, good.toLowerCase()])
    if (wrong !== good) expect([wrong, ...(await open(wrong))]).toEqual([wrong, ...shut])
})

it('C-02 burns and changes nothing by such attempts', async () => {
  const answers = [
    await rest.post('/auth/password/reset', { token: ids.reset, password: NEXT }),
    await rest.post('/auth/email/verify', { token: ids.proof, password: NEXT }),
    await rest.post('/auth/login/mfa', { challenge: ids.challenge, code: app.code() }),
    await rest.me(ids.access),
    await rest.refresh(ids.refresh),
  ]
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 200, 200, 200])
  for (const [path, token] of [
    ['/account/address', ids.address],
    ['/account/restore', ids.undo],
  ])
    expect((await evil.get(`${path}?token=${token}`)).status).toBe(200)
  const visit = await evil.get('/account', { cookie: `gatehouse_account=${ids['console session']}` })
  expect([visit.status, visit.html.includes(people.changes.login)]).toEqual([200, true])
})
