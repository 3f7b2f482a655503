import { beforeEach, expect, it } from 'vitest'
import { digest } from '../../src/domain/digest.ts'
import type { Store } from '../../src/domain/ports.ts'
import { renewSession } from '../../src/oidc/renew-session.ts'
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
const renew = (sub = 'sub-1') => renewSession({ artifacts: store.artifacts, now: () => time.now })(sub, UID)

it('a renewed session is born now; all else of it stays', async () => {
  await put(session)
  time.now += 5_900
  await renew()
  expect(await stored()).toEqual({ ...session, loginTs: START / 1000 + 5 })
})

it('C-25 the session of another person, and one that was ended, stay as they are', async () => {
  await put(session)
  time.now += 5_000
  await renew('sub-2')
  expect(await stored()).toEqual(session)
  await put({ ended: true })
  await renew()
  expect(await stored()).toEqual({ ended: true })
})

it('a session that is gone is not made', async () => {
  await renew()
  expect(await stored()).toBeUndefined()
})

it('what parallel requests save at the same moment is kept', async () => {
  await put(session)
  time.now += 5_000
  await parallel(10, () => renew())
  expect(await stored()).toEqual({ ...session, loginTs: START / 1000 + 5 })
})
