import { afterAll, beforeAll, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { seed } from '../flows/subject.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'

let server: LateServer
let beside: Beside
/** Which calls of the store fail. */
let isAway: (call: StoreCall) => boolean = () => false

beforeAll(async () => {
  server = await startLateServer({
    seed,
    pause: async (call) => {
      if (isAway(call)) throw refuse('store_unavailable', { retryAfter: 1 })
    },
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  beside = await openBeside({ ...server, port: Number(new URL(server.issuer).port) })
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const post = async (path: string, body: object) => {
  const answer = await fetch(server.issuer + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const told: Record<string, unknown> = JSON.parse(await answer.text())
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), told }
}

/** Sends a request while these calls of the store fail. */
const during = async <Result>(away: typeof isAway, work: () => Promise<Result>): Promise<Result> => {
  isAway = away
  try {
    return await work()
  } finally {
    isAway = () => false
  }
}

const challenged = async () => {
  const { login, password } = await beside.newcomer()
  const { codes } = await beside.giveApp(login)
  const { told } = await post('/auth/login', { email: login, password })
  return { email: login, password, codes, challenge: told.challenge }
}

const ofChallenges = (operation: StoreCall['operation']) => (call: StoreCall) =>
  call.model === 'SecondFactorChallenge' && call.operation === operation

it('R-03 a challenge that was not stored is not given out', async () => {
  const { email, password } = await challenged()
  const answer = await during(ofChallenges('put'), () => post('/auth/login', { email, password }))
  expect(answer).toMatchObject({ status: 503, retryAfter: '1', told: { code: 'store_unavailable' } })
  expect(answer.told).not.toHaveProperty('challenge')
})

it('R-03 a challenge that cannot be looked up costs no code: the same one is good afterwards', async () => {
  const { challenge, codes } = await challenged()
  const finish = () => post('/auth/login/mfa', { challenge, code: codes[0] })
  expect(await during(ofChallenges('find'), finish)).toMatchObject({ status: 503, retryAfter: '1' })
  expect(await finish()).toMatchObject({ status: 200 })
})

it('R-03 a challenge whose end is not known gives no tokens, and is over', async () => {
  const { challenge, codes } = await challenged()
  const finish = (code = codes[0]) => post('/auth/login/mfa', { challenge, code })
  const lost = await during(ofChallenges('takeOnce'), finish)
  expect(lost).toMatchObject({ status: 503, retryAfter: '1' })
  expect(lost.told).not.toHaveProperty('access_token')
  expect(await finish()).toMatchObject({ status: 401, told: { code: 'invalid_challenge' } })
})

it('R-03 a family that was not stored gives no tokens', async () => {
  const { challenge, codes } = await challenged()
  const lost = await during(
    ({ model, operation }) => model === 'Grant' && operation === 'put',
    () => post('/auth/login/mfa', { challenge, code: codes[0] }),
  )
  expect(lost.status).toBe(503)
  expect(lost.told).not.toHaveProperty('access_token')
})
