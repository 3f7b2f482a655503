import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { freePort } from '../support/free-port.ts'
import { linkIn, mailFiles } from '../support/mail-files.ts'
import { type RangeServer, startRangeServer } from '../support/range-server.ts'
import type { RunningServer } from '../support/server.ts'
import { bearer, restCalls } from './rest-calls.ts'
import { kim, lou, startSubject } from './subject.ts'

/** Long and unusual enough for the policy: only the list knows it. */
const STOLEN = 'walrus marmalade at the harbour'
const CLEAN = 'copper kettle over the hill'

let server: RunningServer
let range: RangeServer
const rest = restCalls(() => server)
beforeAll(async () => {
  range = await startRangeServer({ stolen: [STOLEN] })
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      BREACHED_PASSWORDS: 'on',
      BREACHED_PASSWORDS_URL: range.url,
      MANAGEMENT_PORT: String(await freePort()),
    },
  })
})
afterAll(async () => {
  await server?.stop()
  await range?.stop()
})
beforeEach(() => {
  range.asked.length = 0
  range.answerWith(undefined)
})

const refused = {
  status: 422,
  body: { code: 'invalid_fields', errors: [{ field: 'password', code: 'breached' }] },
}

const register = (email: string, password: string) => rest.post('/auth/register', { email, password })

const checks = async (outcome: string): Promise<number> => {
  const counts = await Promise.all(
    server.managementPorts.map(async (port) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return Number(
        new RegExp(`^gatehouse_breached_password_checks_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(
          text,
        )?.[1],
      )
    }),
  )
  return counts.reduce((sum, count) => sum + count)
}

describe('a stolen password is refused', () => {
  it('at a registration by REST', async () => {
    expect(await register('one@example.com', STOLEN)).toMatchObject(refused)
    expect(await register('one@example.com', CLEAN)).toMatchObject({ status: 201 })
    expect([await checks('breached'), await checks('clean')]).toEqual([1, 1])
  })

  it('at a registration on the page, in words', async () => {
    const agent = createAgent()
    const form = await agent.get(`${server.issuer}/register`)
    const fields = { email: 'two@example.com', name: '', password: STOLEN }
    const page = await agent.submit(form, '#submit-register', fields)
    expect(page.status).toBe(422)
    expect(page.html).toContain('This password is on a list of stolen ones. Choose another.')
    expect(page.html).not.toContain(STOLEN)
  })

  it('at a change', async () => {
    const { body } = await rest.post('/auth/login', { email: kim.login, password: kim.password })
    const change = (password: string) =>
      rest.post(
        '/auth/password/change',
        { current_password: kim.password, password },
        bearer(body.access_token),
      )
    expect(await change(STOLEN)).toMatchObject(refused)
    expect(await change(CLEAN)).toMatchObject({ status: 200 })
  })

  it('at a reset, whose link is good for another try', async () => {
    await rest.post('/auth/password/forgot', { email: lou.login })
    const letter = await mailFiles(server).next({ to: lou.login, subject: 'Set a new password' })
    const token = new URL(linkIn(letter)).searchParams.get('token')
    const reset = (password: string) => rest.post('/auth/password/reset', { token, password })
    expect(await reset(STOLEN)).toMatchObject(refused)
    expect(await reset(CLEAN)).toMatchObject({ status: 204 })
  })
})

it('nobody is asked for a password that the policy refuses, or by a sign-in', async () => {
  expect(await register('three@example.com', 'short')).toMatchObject({ status: 422 })
  await rest.post('/auth/login', { email: kim.login, password: STOLEN })
  await rest.post('/auth/password/reset', { token: 'x'.repeat(43), password: STOLEN })
  expect(range.asked).toEqual([])
})

it('a service that is away lets every password pass, and is counted', async () => {
  range.answerWith((request) => void request.socket.destroy())
  const before = await checks('unavailable')
  expect(await register('four@example.com', 'a fresh walrus in the harbour')).toMatchObject({ status: 201 })
  expect(await checks('unavailable')).toBe(before + 1)
  expect(server.output()).not.toContain('walrus')
})
