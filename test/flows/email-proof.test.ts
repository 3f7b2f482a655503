import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { oneBitOff } from '../domain/arrange-proofs.ts'
import { createAgent } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { bearer, expectProblem, restCalls, tellable } from './rest-calls.ts'
import { kim, shop, startSubject } from './subject.ts'

const CHOSEN = 'amber otters over the weir'
const NEXT = 'copper kettle over the hill'

let server: RunningServer
let mails: MailFiles
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_MAIL_PREFIX: '10000' },
  })
  mails = mailFiles(server)
})
afterAll(() => server?.stop())

/** Registers, and gives the link of the letter. */
const register = async (email: string): Promise<string> => {
  expect((await rest.post('/auth/register', { email, password: CHOSEN })).status).toBe(201)
  return linkIn(await mails.next({ to: email }))
}
const tokenOf = (link: string): string => new URL(link).searchParams.get('token') ?? ''
const verify = (body: object, headers: Record<string, string> = {}) =>
  rest.post('/auth/email/verify', body, headers)
const enters = async (login: string, password: string): Promise<boolean> =>
  (await rest.login({ login, password })).status === 200
const verified = async (email: string): Promise<unknown> => {
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(email)
  await store.close()
  return account?.emailVerified
}

it('C-13 a registration sends a letter whose link is of the configured origin and changes nothing by itself', async () => {
  const link = await register('ann@example.com')
  expect(new URL(link).origin).toBe(server.issuer)
  for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200)
  expect(await verified('ann@example.com')).toBe(false)
})

describe('C-15 the owner of an address that somebody else has registered', () => {
  /** What the first one has: tokens of a service, and consent for an application. */
  const occupy = async (email: string) => {
    const link = await register(email)
    const { body } = await rest.login({ login: email, password: CHOSEN })
    const party = await relyingParty(server.issuer, shop)
    const agent = createAgent()
    await party.signIn(agent, { login: email, password: CHOSEN })
    return { link, body, party, agent }
  }

  it('drops them by the proof, and the password with them', async () => {
    const email = 'ben@example.com'
    const { link, body, party, agent } = await occupy(email)
    expect((await verify({ token: tokenOf(link) })).status).toBe(204)
    expect(await enters(email, CHOSEN)).toBe(false)
    expectProblem(await rest.me(body.access_token), 401, 'invalid_token')
    expectProblem(await rest.refresh(body.refresh_token), 401, 'invalid_token')
    const { url } = await party.leave({ prompt: 'none' })
    const silent = await agent.get(url, { stopAt: shop.redirectUri })
    expect(new URL(silent.location ?? '').searchParams.get('error')).toBe('login_required')
    const store = await storeBeside(server)
    const account = await store.accounts.findByEmailKey(email)
    expect(await store.consents.list(account?.sub ?? '')).toEqual([])
    await store.close()
  })

  it('chooses a new password on the page', async () => {
    const email = 'cem@example.com'
    const { link } = await occupy(email)
    const agent = createAgent()
    const page = await agent.get(link)
    const refused = await agent.submit(page, '#submit-verify', { password: 'short' })
    expect([refused.status, refused.has('[role=alert]')]).toEqual([422, true])
    const empty = await agent.submit(refused, '#submit-verify', { password: '' })
    expect(empty.status).toBe(422)
    const done = await agent.submit(empty, '#submit-verify', { password: NEXT })
    expect([done.status, new URL(done.url).pathname]).toEqual([200, '/verify/done'])
    expect([await enters(email, CHOSEN), await enters(email, NEXT)]).toEqual([false, true])
    expect(await verified(email)).toBe(true)
  })
})

describe('a person who proves their own address', () => {
  it('keeps the password that they type, on the page', async () => {
    const email = 'dan@example.com'
    const agent = createAgent()
    const page = await agent.get(await register(email))
    await agent.submit(page, '#submit-verify', { password: CHOSEN })
    expect(await enters(email, CHOSEN)).toBe(true)
    expect(await verified(email)).toBe(true)
  })

  it('keeps everything by their own access token, and not by that of somebody else', async () => {
    const email = 'eve@example.com'
    const link = await register(email)
    const { body } = await rest.login({ login: email, password: CHOSEN })
    expect((await verify({ token: tokenOf(link) }, bearer(body.access_token))).status).toBe(204)
    await seenEverywhere()
    expect((await rest.me(body.access_token)).body).toMatchObject({ email, email_verified: true })
    expect((await rest.refresh(body.refresh_token)).status).toBe(200)
    const other = await register('fay@example.com')
    expect((await verify({ token: tokenOf(other) }, bearer(body.access_token))).status).toBe(204)
    expect(await enters('fay@example.com', CHOSEN)).toBe(false)
  })

  it('is refused with a bad access token, and may try again', async () => {
    const link = await register('gil@example.com')
    expectProblem(await verify({ token: tokenOf(link) }, bearer('nonsense')), 401, 'invalid_token')
    expect((await verify({ token: tokenOf(link), password: CHOSEN })).status).toBe(204)
  })

  it('gets the letter once more, and not when the address is proven', async () => {
    const email = 'hal@example.com'
    const first = await register(email)
    const { body } = await rest.login({ login: email, password: CHOSEN })
    const again = await rest.post('/auth/email/resend', {}, bearer(body.access_token))
    expect([again.status, again.text]).toEqual([202, ''])
    const second = linkIn(await mails.next({ to: email }))
    expect(second).not.toBe(first)
    expect((await verify({ token: tokenOf(second) }, bearer(body.access_token))).status).toBe(204)
    expect((await rest.post('/auth/email/resend', { email })).status).toBe(202)
    // Still good, and it changes nothing.
    expect((await verify({ token: tokenOf(first) })).status).toBe(204)
    expect(await enters(email, CHOSEN)).toBe(true)
    expect((await mails.all()).filter(({ to }) => to.includes(email))).toHaveLength(2)
  })
})

it('C-24 asking for the letter is answered alike for waiting, proven and unknown addresses', async () => {
  await register('ivy@example.com')
  const answers = []
  for (const email of ['ivy@example.com', kim.login, 'nobody@example.com']) {
    answers.push(tellable(await rest.post('/auth/email/resend', { email })))
  }
  expect(answers).toEqual(Array(3).fill(answers[0]))
  expectProblem(await rest.post('/auth/email/resend', {}), 400, 'bad_request')
  expectProblem(await rest.post('/auth/email/resend', { email: 'a@b,c@d' }), 422, 'invalid_fields')
})

it('X-10 a token that is used by twenty at once proves once, and then nothing', async () => {
  const token = tokenOf(await register('jim@example.com'))
  const answers = await parallel(20, () => verify({ token, password: CHOSEN }))
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  for (const bad of [token, oneBitOff(token), 'x', '']) {
    expectProblem(await verify({ token: bad }), 400, 'invalid_proof')
    const page = await createAgent().get(`${server.issuer}/verify?token=${bad}`)
    expect([page.status, page.has('[data-error=invalid_proof]')]).toEqual([400, true])
  }
})

it('C-33 X-20 takes no object, list or prototype for a token or a password', async () => {
  for (const value of [{ $ne: '' }, ['a'], 1, null, true]) {
    expectProblem(await verify({ token: value }), 400, 'bad_request')
    expectProblem(await verify({ token: 'x', password: value }), 400, 'bad_request')
    if (value !== null)
      expectProblem(await rest.post('/auth/email/resend', { email: value }), 400, 'bad_request')
  }
})
