import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, expectProblem, restCalls } from '../flows/rest-calls.ts'
import { kim, seed, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { relyingParty } from '../support/relying-party.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
const rest = restCalls(() => server)

beforeAll(async () => {
  const env = { NODE_ENV: 'production' }
  server = await startServer({ seed, env })
})
afterAll(() => server?.stop())

describe('a server that sends no mail', () => {
  it('says so where a letter is asked for, whoever asks', async () => {
    const { body } = await rest.login(kim)
    for (const email of [kim.login, 'nobody@example.com']) {
      expectProblem(await rest.post('/auth/password/forgot', { email }), 501, 'mail_unavailable')
      expectProblem(await rest.post('/auth/email/resend', { email }), 501, 'mail_unavailable')
    }
    const own = await rest.post('/auth/email/resend', {}, bearer(body.access_token))
    expectProblem(own, 501, 'mail_unavailable')
  })

  it('has no pages for it, and its sign-in page leads to none', async () => {
    const party = await relyingParty(server.issuer, shop)
    const agent = createAgent()
    const gate = await agent.get((await party.leave()).url)
    expect([gate.has('#submit-login'), gate.has('#to-recover')]).toEqual([true, false])
    expect((await agent.get(`${server.issuer}/recover`)).status).toBe(404)
  })

  it('registers people all the same', async () => {
    const answer = await rest.post('/auth/register', { email: 'ann@example.com', password: kim.password })
    expect(answer.status).toBe(201)
  })
})
