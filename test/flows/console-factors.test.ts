import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { atConsole } from './at-console.ts'
import { app, type Beside, openBeside } from './factors-beside.ts'
import { codesOn, errorOf, type Gate, gateOf, ONE, secretOf, TWO } from './gate.ts'
import { startSubject } from './subject.ts'

const CHEAP = { ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
const SECURITY = '/account/security'
let server: RunningServer
let beside: Beside
let gate: Gate

beforeAll(async () => {
  server = await startSubject({ env: CHEAP })
  beside = await openBeside(server)
  gate = await gateOf(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const security = async (person: Credentials) => atConsole(server, person, { path: SECURITY })
const done = (page: Page): string => page.text('[role=status]')
const pathOf = (page: Page): string => new URL(page.url).pathname

/** Sets up an app in the console. */
const setUp = async (person: Credentials) => {
  const { agent, page } = await security(person)
  const setup = await agent.follow(page, '#add-app')
  const phone = app(secretOf(setup))
  const codes = await agent.submit(setup, '#submit-code', { code: phone.code() })
  return { agent, phone, codes }
}

/** Gives the second factor, where the console asks for it. */
const prove = (agent: Agent, page: Page, code: string): Promise<Page> =>
  page.has('#submit-code') ? agent.submit(page, '#submit-code', { code }) : Promise.resolve(page)

describe('an authenticator app in the console', () => {
  it('is set up with its first code; the recovery codes that it brings are shown until they are put away', async () => {
    const person = await beside.newcomer()
    const { agent, phone, codes } = await setUp(person)
    expect([pathOf(codes), done(codes)]).toEqual([`${SECURITY}/codes`, 'The authenticator app is on.'])
    const shown = codesOn(codes)
    expect(shown).toHaveLength(10)
    expect(codesOn(await agent.get(codes.url))).toEqual(shown)
    const after = await agent.submit(await agent.get(codes.url), '#codes-saved')
    expect([pathOf(after), after.has('#remove-app'), after.has('#renew-codes')]).toEqual([
      SECURITY,
      true,
      true,
    ])
    expect(pathOf(await agent.get(codes.url))).toBe(SECURITY)
    expect(await gate.signIn(createAgent(), person, phone.code())).toMatchObject({ acr: TWO })
    expect(await gate.signIn(createAgent(), person, shown[0])).toMatchObject({ acr: TWO })
    const { subject } = await mailFiles(server).next({ to: person.login })
    expect(subject).toBeTruthy()
  })

  it('C-18 the session that set it up is asked for it by the next application', async () => {
    const person = await beside.newcomer()
    const { agent, phone } = await setUp(person)
    expect((await gate.answered(agent, { prompt: 'none' })).get('error')).toBe('login_required')
    const { attempt, page } = await gate.open(agent)
    expect([page.has('input[name=code]'), page.has('input[name=password]')]).toEqual([true, false])
    const answer = await agent.submit(page, '#submit-code', { code: phone.code() }, gate.stop)
    expect(await gate.claims(answer, attempt)).toMatchObject({ acr: TWO })
  })

  it('is not set up with a code that does not fit', async () => {
    const { agent, page } = await security(await beside.newcomer())
    const setup = await agent.follow(page, '#add-app')
    const wrong = await agent.submit(setup, '#submit-code', { code: '000000' })
    expect([wrong.status, errorOf(wrong), secretOf(wrong)]).toEqual([422, 'invalid_input', secretOf(setup)])
    expect(wrong.text('#code-fault')).toContain('does not fit')
  })

  it('is turned off after both factors, and the codes that stood in for it are gone', async () => {
    const person = await beside.newcomer()
    const { agent, phone, codes } = await setUp(person)
    const page = await agent.submit(codes, '#codes-saved')
    const asked = await agent.submit(page, '#remove-app')
    expect(asked.has('#submit-code')).toBe(true)
    const back = await prove(agent, asked, phone.code())
    expect([pathOf(back), back.has('#remove-app')]).toEqual([SECURITY, true])
    const off = await agent.submit(back, '#remove-app')
    expect([done(off), off.has('#add-app'), off.has('#renew-codes')]).toEqual([
      'The authenticator app is off.',
      true,
      false,
    ])
    expect(await gate.signIn(createAgent(), person)).toMatchObject({ acr: ONE })
  })

  it('X-22 takes no form without the token of the page, or from elsewhere', async () => {
    const { agent, page } = await security(await beside.newcomer())
    await agent.follow(page, '#add-app')
    for (const path of ['app', 'app/remove', 'codes', 'passkey', 'passkey/options', 'passkey/remove'])
      for (const origin of ['https://evil.example', server.issuer]) {
        const headers = { origin, 'sec-fetch-site': origin === server.issuer ? 'same-origin' : 'cross-site' }
        const fields = { csrf: 'forged', code: '000000', id: 'AA', name: 'x', response: '{}' }
        const answer = await agent.post(`${server.issuer}${SECURITY}/${path}`, fields, { headers })
        expect([path, origin, answer.status]).toEqual([path, origin, 403])
      }
  })
})

describe('recovery codes in the console', () => {
  it('are renewed after both factors; the old ones are worth nothing', async () => {
    const person = await beside.newcomer()
    const { agent, phone, codes } = await setUp(person)
    const [old = ''] = codesOn(codes)
    const page = await agent.submit(codes, '#codes-saved')
    const back = await prove(agent, await agent.submit(page, '#renew-codes'), phone.code())
    const renewed = await agent.submit(back, '#renew-codes')
    expect(codesOn(renewed)).toHaveLength(10)
    expect(codesOn(renewed)).not.toContain(old)
    const stranger = createAgent()
    const { page: asked } = await gate.code(stranger, person)
    expect((await stranger.submit(asked, '#submit-code', { code: old })).status).toBe(422)
    expect(await gate.signIn(createAgent(), person, codesOn(renewed)[1])).toMatchObject({ acr: TWO })
  })

  it('are not shown to another session of the same person', async () => {
    const person = await beside.newcomer()
    const { codes, phone } = await setUp(person)
    expect(codesOn(codes)).toHaveLength(10)
    const other = createAgent()
    await gate.signIn(other, person, phone.code())
    expect(codesOn(await other.get(codes.url))).toEqual([])
  })
})

describe('MFA_POLICY=off', () => {
  it('offers nothing to set up', async () => {
    const off = await startSubject({ env: { ...CHEAP, MFA_POLICY: 'off' } })
    try {
      const person = { login: 'kim@example.com', password: 'amber lantern on the quay' }
      const { agent, page } = await atConsole(off, person, { path: SECURITY })
      expect([page.has('#add-app'), page.has('#add-passkey')]).toEqual([false, false])
      for (const path of ['app', 'passkey'])
        expect(pathOf(await agent.get(`${off.issuer}${SECURITY}/${path}`))).toBe(SECURITY)
    } finally {
      await off.stop()
    }
  })
})

it('tells password managers where passkeys are made and looked after', async () => {
  const answer = await fetch(`${server.issuer}/.well-known/passkey-endpoints`, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('application/json'),
  ])
  const page = `${server.issuer}${SECURITY}`
  expect(await answer.json()).toEqual({ enroll: page, manage: page })
})
