import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { service, shop, startSubject } from '../flows/subject.ts'
import type { Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, OFFLINE, type Tokens } from './attacker.ts'
import { expectErrorPage, expectJsonError } from './sound.ts'

/** Seconds of life; long enough to use a code at once on a busy machine. */
const LIFE = 4

let server: RunningServer
let evil: Attacker
let late: { code: string; tokens: Tokens; page: Page; show: () => Promise<Page> }

beforeAll(async () => {
  const lives = ['AUTHORIZATION_CODE', 'ACCESS_TOKEN', 'REFRESH_TOKEN', 'INTERACTION']
  const env = Object.fromEntries(lives.map((name) => [`TTL_${name}`, String(LIFE)]))
  server = await startSubject({ env })
  evil = attacker(server)
  const kim = evil.browser()
  const waiting = evil.browser()
  const tokens = await evil.tokens(kim, OFFLINE)
  const page = await evil.ask(waiting, { login_hint: 'kim@example.com' })
  late = { code: await evil.code(kim), tokens, page, show: () => waiting.get(page.url) }
  await sleep((LIFE + 1) * 1000)
})
afterAll(() => server?.stop())

it('X-11, N-04 refuses a code after its life', async () => {
  expectJsonError(await evil.redeem(late.code), 400, 'invalid_grant')
})

it('X-11, N-07 refuses a refresh token after its life', async () => {
  const { refresh_token: token } = late.tokens
  const answer = await evil.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, shop)
  expectJsonError(answer, 400, 'invalid_grant')
})

it('X-16, X-37 knows no access token after its life', async () => {
  const { access_token: token } = late.tokens
  expect((await evil.post('/oauth2/introspect', { token }, service)).html).toBe('{"active":false}')
  const userinfo = (): Promise<Page> => evil.get('/oauth2/userinfo', { authorization: `Bearer ${token}` })
  // The engine grants its clock tolerance there.
  await expect.poll(async () => (await userinfo()).status, { timeout: 15_000, interval: 500 }).toBe(401)
  expectJsonError(await userinfo(), 401, 'invalid_token')
})

it('X-23 shows nothing of an interaction after its life', async () => {
  const page = await late.show()
  expectErrorPage(page, 'start_again')
  expect(page.html).not.toContain('kim@example.com')
})
