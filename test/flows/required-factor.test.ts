import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent } from '../support/browserless.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { app, type Beside, openBeside } from './factors-beside.ts'
import { codesOn, errorOf, type Gate, gateOf, ONE, secretOf, TWO } from './gate.ts'
import { startSubject } from './subject.ts'

const CHEAP = { ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
const OTHER = 'violet harbour at nightfall'

/** Where the policy wants a factor and there is none. */
const enrolPage = async (gate: Gate, agent: Agent, person: Credentials) => {
  const { attempt, page } = await gate.code(agent, person)
  expect([page.status, page.has('#secret'), page.has('svg')]).toEqual([200, true, true])
  return { attempt, page }
}

describe('MFA_POLICY=required', () => {
  let server: RunningServer
  let beside: Beside
  let gate: Gate
  beforeAll(async () => {
    server = await startSubject({ env: { ...CHEAP, MFA_POLICY: 'required' } })
    beside = await openBeside(server)
    gate = await gateOf(server)
  })
  afterAll(async () => {
    await beside?.close()
    await server?.stop()
  })

  it('has a second factor set up in the sign-in, shows the recovery codes, and counts both factors', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    const { attempt, page } = await enrolPage(gate, agent, person)
    expect(secretOf(await agent.get(page.url))).toBe(secretOf(page))
    const phone = app(secretOf(page))
    const shown = await agent.submit(page, '#submit-code', { code: phone.code() }, gate.stop)
    const codes = codesOn(shown)
    expect([shown.status, codes.length, shown.headers['cache-control']]).toEqual([200, 10, 'no-store'])
    // A reload, or another language, does not lose them.
    expect((await agent.get(`${shown.url}?lang=ru`)).html).toContain(
      /\w{4}-\w{4}-\w{4}/.exec(shown.html)?.[0],
    )
    const done = await agent.submit(shown, '#codes-saved', {}, gate.stop)
    expect(await gate.claims(done, attempt)).toMatchObject({ acr: TWO, amr: ['pwd', 'otp', 'mfa'] })
    expect(await gate.signIn(createAgent(), person, codes[0])).toMatchObject({ acr: TWO })
    expect(await gate.signIn(createAgent(), person, phone.code())).toMatchObject({ acr: TWO })
  })

  it('C-18 nobody is signed in before the factor is set up, nor before the codes are put away', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    const { page } = await enrolPage(gate, agent, person)
    const silent = async () => (await gate.answered(agent, { prompt: 'none' })).get('error')
    expect(await silent()).toBe('login_required')
    const early = await gate.post(agent, page, 'codes-saved', {})
    expect(early.has('#secret')).toBe(true)
    const shown = await agent.submit(page, '#submit-code', { code: app(secretOf(page)).code() }, gate.stop)
    expect([shown.has('#codes-saved'), shown.location]).toEqual([true, undefined])
    expect(await silent()).toBe('login_required')
  })

  it('says what to do with a code that does not fit, and keeps the same secret', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    const { page } = await enrolPage(gate, agent, person)
    const wrong = await agent.submit(page, '#submit-code', { code: '000000' })
    expect([wrong.status, wrong.text('#code-fault')]).toEqual([
      422,
      'It does not fit. Type the one the app shows now.',
    ])
    expect(secretOf(wrong)).toBe(secretOf(page))
  })

  it('C-18 lets nobody replace a factor that was set up elsewhere meanwhile', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    const { page } = await enrolPage(gate, agent, person)
    await beside.giveApp(person.login)
    await sleep(1100)
    const next = await agent.submit(page, '#submit-code', { code: app(secretOf(page)).code() }, gate.stop)
    expect([next.has('input[name=code]'), next.has('#secret'), next.location]).toEqual([
      true,
      false,
      undefined,
    ])
  })

  it('asks for it in a registration that is part of a sign-in, too', async () => {
    const agent = createAgent()
    const { attempt, page } = await gate.open(agent)
    const form = await agent.follow(page, '#to-register')
    const fields = { email: 'new@example.com', password: OTHER }
    const next = await agent.submit(form, '#submit-register', fields, gate.stop)
    expect(next.has('#secret')).toBe(true)
    const shown = await agent.submit(next, '#submit-code', { code: app(secretOf(next)).code() }, gate.stop)
    const done = await agent.submit(shown, '#codes-saved', {}, gate.stop)
    expect(await gate.claims(done, attempt)).toMatchObject({ acr: TWO })
  })

  it('X-23 shows the secret and the codes to no other browser', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    const { page } = await enrolPage(gate, agent, person)
    const thief = createAgent()
    expect((await thief.get(page.url)).html).not.toContain(page.text('#secret'))
    const shown = await agent.submit(page, '#submit-code', { code: app(secretOf(page)).code() })
    const seen = await thief.get(page.url)
    expect([shown.has('#codes-saved'), seen.has('#codes-saved'), errorOf(seen)]).toEqual([
      true,
      false,
      'start_again',
    ])
  })
})

describe('MFA_REQUIRED_ROLES', () => {
  let server: RunningServer
  let beside: Beside
  let gate: Gate
  beforeAll(async () => {
    server = await startSubject({ env: { ...CHEAP, MFA_POLICY: 'optional', MFA_REQUIRED_ROLES: 'idle' } })
    beside = await openBeside(server)
    gate = await gateOf(server)
  })
  afterAll(async () => {
    await beside?.close()
    await server?.stop()
  })

  it('asks whom the role makes set one up, and nobody else', async () => {
    const [one, other] = [await beside.newcomer(), await beside.newcomer()]
    await beside.addRole(one.login, 'idle')
    await enrolPage(gate, createAgent(), one)
    expect(await gate.signIn(createAgent(), other)).toMatchObject({ acr: ONE, amr: ['pwd'] })
  })

  it('a role that comes later is asked about at the next authorization, after the password', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    await gate.signIn(agent, person)
    await beside.addRole(person.login, 'idle')
    await sleep(1100)
    expect((await gate.answered(agent, { prompt: 'none' })).get('error')).toBe('login_required')
    const { page } = await gate.open(agent)
    expect([page.has('#submit-login'), page.has('#secret')]).toEqual([true, false])
    const next = await agent.submit(page, '#submit-login', { ...person }, gate.stop)
    expect(next.has('#secret')).toBe(true)
  })
})
