import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from '../support/server.ts'
import { atConsole } from './at-console.ts'
import { startSubject } from './subject.ts'

const admin = { login: 'boss@example.com', password: 'nine lanterns along the harbour' }
let server: RunningServer

beforeAll(async () => {
  const env = { BOOTSTRAP_ADMIN_EMAIL: admin.login, BOOTSTRAP_ADMIN_PASSWORD: admin.password }
  server = await startSubject({ env })
})
afterAll(() => server?.stop())

it('the last administrator cannot leave by the console, and is told what to do', async () => {
  const { agent, page } = await atConsole(server, admin, { path: '/account/leave' })
  const refused = await agent.submit(page, '#submit-leave', { confirm: admin.login })
  expect([refused.status, refused.has('#confirm-fault')]).toEqual([422, true])
  expect(refused.text('#confirm-fault')).toContain('last administrator')
  expect((await agent.get(`${server.issuer}/account`)).status).toBe(200)
})
