import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Beside, openBeside } from './factors-beside.ts'
import { errorOf, type Gate, gateOf, ONE, TWO } from './gate.ts'
import { startSubject } from './subject.ts'

let server: RunningServer
let beside: Beside
let gate: Gate

beforeAll(async () => {
  server = await startSubject({ env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  beside = await openBeside(server)
  gate = await gateOf(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

/** Somebody with an authenticator app and recovery codes. */
const careful = async () => {
  const person = await beside.newcomer()
  return { person, ...(await beside.giveApp(person.login)) }
}
/** Somebody who signs in by password, and then gets an app elsewhere. */
const converted = async () => {
  const person = await beside.newcomer()
  const agent = createAgent()
  const claims = await gate.signIn(agent, person)
  const given = await beside.giveApp(person.login)
  // A change from beside is seen within a second.
  await sleep(1100)
  return { person, agent, claims, ...given }
}

describe('stepping up', () => {
  it.each([
    ['asked for by acr_values', { acr_values: TWO }],
    ['or by nobody', {}],
  ])('a session of one factor is asked for the second one alone: %s', async (_, parameters) => {
    const { person, agent, app, claims } = await converted()
    expect(claims).toMatchObject({ acr: ONE, amr: ['pwd'] })
    const { attempt, page } = await gate.open(agent, parameters)
    expect([page.has('input[name=code]'), page.has('input[name=password]')]).toEqual([true, false])
    expect(page.text('main')).toContain(person.login)
    const done = await agent.submit(page, '#submit-code', { code: app.code() }, gate.stop)
    const raised = await gate.claims(done, attempt)
    expect(raised).toMatchObject({ acr: TWO, amr: ['pwd', 'otp', 'mfa'], auth_time: claims?.auth_time })
    expect(raised?.sub).toBe(claims?.sub)
    const silent = await gate.silently(agent, { acr_values: TWO })
    expect(silent).toMatchObject({ acr: TWO, auth_time: claims?.auth_time })
  })

  it('N-34 makes a new session id, and the old one is dead', async () => {
    const { agent, app } = await converted()
    const before = agent.cookies.header(new URL(server.issuer))
    const { page } = await gate.open(agent)
    await agent.submit(page, '#submit-code', { code: app.code() }, gate.stop)
    expect(agent.cookies.header(new URL(server.issuer))).not.toBe(before)
    expect((await gate.answered(agent, { prompt: 'none' })).has('code')).toBe(true)
    const { url } = await gate.party.leave({ prompt: 'none' })
    const old = await createAgent().get(url, { ...gate.stop, headers: { cookie: before ?? '' } })
    expect(old.location).toContain('error=login_required')
  })

  it('prompt=none says login_required, and asks nothing of who has no second factor', async () => {
    const { agent } = await converted()
    expect((await gate.answered(agent, { prompt: 'none' })).get('error')).toBe('login_required')
    const plain = createAgent()
    await gate.signIn(plain, await beside.newcomer())
    expect(await gate.silently(plain, { acr_values: TWO })).toMatchObject({ acr: ONE, amr: ['pwd'] })
  })

  it('acr_values is a wish: who has no second factor goes on with one', async () => {
    const claims = await gate.signIn(createAgent(), await beside.newcomer(), undefined, { acr_values: TWO })
    expect(claims).toMatchObject({ acr: ONE, amr: ['pwd'] })
  })

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age', { max_age: '1' }],
  ])('%s asks for everything again, and everything counts from then on', async (_, parameters) => {
    const { person, app } = await careful()
    const agent = createAgent()
    const first = await gate.signIn(agent, person, app.code())
    await sleep(2100)
    const again = await gate.signIn(agent, person, app.code(), parameters)
    expect(again).toMatchObject({ acr: TWO, amr: ['pwd', 'otp', 'mfa'], sub: first?.sub })
    expect(Number(again?.auth_time)).toBeGreaterThan(Number(first?.auth_time) + 1)
  })

  it('max_age is not met by a second factor alone', async () => {
    const { agent } = await converted()
    await sleep(1100)
    const { page } = await gate.open(agent, { max_age: '1' })
    expect([page.has('input[name=password]'), page.has('input[name=code]')]).toEqual([true, false])
  })

  it('C-30 leaves the session as it was when it is broken off', async () => {
    const { agent, claims, app } = await converted()
    const before = agent.cookies.find('gatehouse_session')?.value
    const { page } = await gate.open(agent)
    const start = await agent.submit(page, '#not-you')
    const cancelled = await agent.submit(start, '#cancel', {}, gate.stop)
    expect(cancelled.location).toContain('error=access_denied')
    const { attempt, page: again } = await gate.open(agent)
    expect(again.has('input[name=code]')).toBe(true)
    const done = await agent.submit(again, '#submit-code', { code: app.code() }, gate.stop)
    expect(await gate.claims(done, attempt)).toMatchObject({ auth_time: claims?.auth_time, acr: TWO })
    expect(agent.cookies.find('gatehouse_session')?.value).not.toBe(before)
  })

  it('C-30 is over when the session has ended meanwhile', async () => {
    const { agent, app } = await converted()
    const { page } = await gate.open(agent)
    const logout = await agent.get(`${server.issuer}/oauth2/logout`)
    await agent.submit(logout, '#logout-yes')
    const next = await agent.submit(page, '#submit-code', { code: app.code() }, gate.stop)
    expect([next.status, errorOf(next), next.location]).toEqual([400, 'start_again', undefined])
  })
})
