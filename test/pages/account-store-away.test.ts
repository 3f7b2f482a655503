import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { answerFor, atConsole, leaving } from '../flows/at-console.ts'
import { kim, seed } from '../flows/subject.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'

let server: LateServer
/** Which calls of the store fail. */
let isAway: (call: StoreCall) => boolean = () => false

beforeAll(async () => {
  const pause = async (call: StoreCall) => {
    if (isAway(call)) throw refuse('store_unavailable', { retryAfter: 1 })
  }
  server = await startLateServer({ seed, pause, env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
})
afterEach(() => {
  isAway = () => false
})
afterAll(() => server?.stop())

const expectAway = ({ status, headers, html }: Page): void => {
  expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(html).toContain('data-error="store_unavailable"')
  expect(headers['set-cookie']).toBeUndefined()
}

it.each(['/account', '/account/profile', '/account/activity', '/account/security'])(
  'R-03 says at %s that the records cannot be reached, and lets nobody in or out',
  async (path) => {
    const { agent } = await atConsole(server, kim)
    isAway = () => true
    expectAway(await agent.get(server.issuer + path, { stopAt: '' }))
    isAway = () => false
    expect((await agent.get(server.issuer + path)).url).toBe(server.issuer + path)
  },
)

it('R-03 a stranger is sent nowhere while nothing can be remembered', async () => {
  isAway = ({ operation }) => operation !== 'find'
  expectAway(await createAgent().get(`${server.issuer}/account`, { stopAt: '' }))
})

it('R-03 an answer that comes while the store is away starts no visit', async () => {
  const agent = createAgent()
  const answer = await answerFor(server, agent, kim, await leaving(server, agent))
  isAway = ({ operation }) => operation !== 'find'
  expectAway(await agent.get(answer.href, { stopAt: '' }))
  isAway = () => false
  expect(agent.cookies.find('gatehouse_account')).toBeUndefined()
  expect((await agent.get(`${server.issuer}/account`)).text('h1')).toBe('Kim')
})
