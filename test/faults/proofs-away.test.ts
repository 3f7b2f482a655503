import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { expectProblem, restCalls } from '../flows/rest-calls.ts'
import { kim, seed } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'

const NEXT = 'copper kettle over the hill'
let server: LateServer
let mails: MailFiles
/** Which calls of the store are done and not answered. */
let isLost: (call: StoreCall) => boolean = () => false
const rest = restCalls(() => server)

beforeAll(async () => {
  const pause = async (call: StoreCall) => {
    if (isLost(call)) throw refuse('store_unavailable', { retryAfter: 1 })
  }
  server = await startLateServer({
    seed,
    pause,
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_MAIL_ACCOUNT: '100' },
  })
  mails = mailFiles(server)
})
afterEach(() => {
  isLost = () => false
})
afterAll(() => server?.stop())

const linkFor = async (email: string): Promise<string> => {
  await rest.post('/auth/password/forgot', { email })
  return linkIn(await mails.next({ to: email, subject: 'Set a new password' }))
}
const tokenOf = (link: string) => new URL(link).searchParams.get('token')
const reset = (token: unknown) => rest.post('/auth/password/reset', { token, password: NEXT })
const reads = ({ operation, model }: StoreCall) => operation === 'find' && model === 'PasswordReset'
const takes = ({ operation }: StoreCall) => operation === 'takeOnce'

describe('R-03 while the store does not answer', () => {
  it('no token of a letter is called good or bad, on page or REST, and it is good afterwards', async () => {
    const link = await linkFor(kim.login)
    const agent = createAgent()
    const form = await agent.get(link)
    isLost = reads
    expectProblem(await reset(tokenOf(link)), 503, 'store_unavailable')
    for (const page of [
      await agent.get(link),
      await agent.submit(form, '#submit-reset', { password: NEXT }),
    ]) {
      expect([page.status, page.has('[data-error=store_unavailable]')]).toEqual([503, true])
    }
    isLost = () => false
    expect((await rest.login(kim)).status).toBe(200)
    expect((await reset(tokenOf(link))).status).toBe(204)
    await reset(tokenOf(await linkFor(kim.login)))
  })

  it('R-04 a token whose taking is not heard of sets no password, and a new letter helps', async () => {
    const email = 'ann@example.com'
    await rest.post('/auth/register', { email, password: kim.password })
    const verifyLink = linkIn(await mails.next({ to: email }))
    const token = tokenOf(await linkFor(email))
    isLost = takes
    expectProblem(await reset(token), 503, 'store_unavailable')
    expectProblem(
      await rest.post('/auth/email/verify', { token: tokenOf(verifyLink) }),
      503,
      'store_unavailable',
    )
    isLost = () => false
    expect((await rest.login({ login: email, password: kim.password })).status).toBe(200)
    expectProblem(await reset(token), 400, 'invalid_proof')
    expect((await reset(tokenOf(await linkFor(email)))).status).toBe(204)
  })
})
