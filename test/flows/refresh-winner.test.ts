import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { parallel } from '../contract/open-for-test.ts'
import { createAgent } from '../support/browserless.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { type Calls, calls } from './calls.ts'
import { kim, seed, shop } from './subject.ts'

const browser = createAgent()
let server: LateServer
let ask: Calls
let party: RelyingParty
/** What happens to the next request that rotates, right after it did. */
let fate: (() => Promise<void>) | undefined

const isRotation = ({ operation, model }: StoreCall) => operation === 'consume' && model === 'RefreshToken'

beforeAll(async () => {
  server = await startLateServer({
    seed,
    pause: async (call) => {
      if (!isRotation(call)) return
      const happens = fate
      fate = undefined
      await happens?.()
    },
  })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

const signIn = async () =>
  (await party.signIn(browser, kim, { scope: 'openid offline_access', prompt: 'consent' })).refresh_token

const expectOneSuccessor = async (answers: Awaited<ReturnType<Calls['refresh']>>[]) => {
  for (const { status, body } of answers) expect([status, body]).toEqual([200, answers[0]?.body])
  expect((await ask.refresh(shop, answers[0]?.body.refresh_token)).status).toBe(200)
}

it('R-04 retries wait for a winner who is slow, and get what it got', async () => {
  fate = () => sleep(500)
  const presented = await signIn()
  await expectOneSuccessor(await parallel(20, () => ask.refresh(shop, presented)))
})

it('R-04 a winner who is slower than the retries are patient gets what they got', async () => {
  fate = () => sleep(2500)
  const presented = await signIn()
  await expectOneSuccessor(await parallel(20, () => ask.refresh(shop, presented)))
})

it('R-04 a winner who failed after it rotated says so; a retry takes its place, and others get the same', async () => {
  fate = () => Promise.reject(refuse('store_unavailable', { retryAfter: 1 }))
  const presented = await signIn()
  const failed = await ask.refresh(shop, presented)
  expect(failed).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
  expect(failed.headers.get('retry-after')).toBe('1')
  await expectOneSuccessor([
    ...(await parallel(20, () => ask.refresh(shop, presented))),
    await ask.refresh(shop, presented),
  ])
})
