import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import { beforeEach, expect, it } from 'vitest'
import { digest } from '../../src/domain/digest.ts'
import type { Store } from '../../src/domain/ports.ts'
import { renewSession, renewStored } from '../../src/oidc/renew-session.ts'
import { parallel, START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

const UID = 'uid-of-a-session'
let store: Store
let time: { now: number }

beforeEach(async () => {
  time = { now: START }
  store = await openTestStore({ now: () => time.now })
})

const put = (payload: object): Promise<void> =>
  store.artifacts.put({
    model: 'Session',
    key: digest(UID),
    payload: { ...payload },
    expiresAt: START + 3_600_000,
    grantId: undefined,
  })
const session = { kind: 'Session', uid: UID, accountId: 'sub-1', loginTs: START / 1000, idKeys: ['key'] }
const stored = async () => (await store.artifacts.find('Session', digest(UID)))?.payload
const renew = (sub = 'sub-1') => renewStored({ artifacts: store.artifacts, now: () => time.now }, sub, UID)

it('C-25, N-34 a renewed session is born now, and a new id alone opens it; all else of it stays', async () => {
  await put(session)
  time.now += 5_900
  const { id = '', expiresAt } = (await renew()) ?? {}
  expect(id).toMatch(/^[\w-]{43}$/)
  expect(expiresAt).toBe(START + 3_600_000)
  expect(await stored()).toEqual({ ...session, loginTs: START / 1000 + 5, idKeys: [digest(id)] })
  const pointer = await store.artifacts.find('SessionId', digest(id))
  expect(pointer).toMatchObject({ payload: { uidKey: digest(UID) }, expiresAt })
})

it('C-25 the session of another person, and one that was ended, stay as they are', async () => {
  await put(session)
  time.now += 5_000
  expect(await renew('sub-2')).toBeUndefined()
  expect(await stored()).toEqual(session)
  await put({ ended: true })
  await renew()
  expect(await stored()).toEqual({ ended: true })
})

it('a session that is gone is not made', async () => {
  await renew()
  expect(await stored()).toBeUndefined()
})

it('of parallel requests each makes an id, and the last one alone opens the session', async () => {
  await put(session)
  time.now += 5_000
  const ids = (await parallel(10, () => renew())).map((renewed) => digest(renewed?.id ?? ''))
  const { idKeys, ...rest } = (await stored()) ?? {}
  expect(rest).toEqual({ ...session, loginTs: START / 1000 + 5, idKeys: undefined })
  expect(ids.filter((id) => JSON.stringify(idKeys) === JSON.stringify([id]))).toHaveLength(1)
})

it.each([
  ['https', '__Host-gatehouse_session'],
  ['http', 'gatehouse_session'],
])(
  'N-36 the browser behind an issuer of %s gets the id as the engine gives it, signed',
  async (scheme, name) => {
    await put(session)
    const secure = scheme === 'https'
    const app = new Koa({ keys: ['a key for cookies'], proxy: true })
    const request = Object.assign(new IncomingMessage(new Socket()), { url: '/' })
    // As the edge writes it.
    request.headers['x-forwarded-proto'] = scheme
    const ctx = app.createContext(request, new ServerResponse(request))
    const engine = { provider: () => app }
    await renewSession({ artifacts: store.artifacts, engine, now: () => time.now, secure })(ctx, 'sub-1', UID)
    const cookies = [ctx.res.getHeader('set-cookie') ?? []].flat().map(String)
    expect(cookies.map((cookie) => cookie.split('=', 1)[0])).toEqual([name, `${name}.sig`])
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; path=\/; expires=[^;]+ GMT; samesite=lax; (secure; )?httponly$/)
      expect(cookie.includes('; secure')).toBe(secure)
    }
  },
)
