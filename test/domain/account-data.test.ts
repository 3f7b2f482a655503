import { beforeEach, expect, it } from 'vitest'
import { accountData, MOST_EVENTS } from '../../src/domain/account-data.ts'
import type { AuditEvent } from '../../src/domain/ports.ts'
import { fullAccount } from '../contract/account-life.ts'
import { account, START } from '../contract/open-for-test.ts'
import { type Arranged, arrange } from './arrange.ts'

const ADDRESS = '192.0.2.7'

let given: Arranged

beforeEach(async () => {
  given = await arrange()
})

const collect = () => {
  const { store, audit, time } = given
  return accountData({
    store,
    access: {
      roles: async () => ['clerk'],
      allOfPerson: async () => ({ 'https://orders.example/api': ['orders:read'] }),
    },
    sessions: async () => [
      {
        kind: 'browser',
        device: { client: 'Firefox', system: 'Linux', kind: 'computer' },
        address: ADDRESS,
        startedAt: START,
        lastUsedAt: START + 1,
        ...{ id: 'session-id', reference: 'session-uid' },
      },
    ],
    audit,
    issuer: 'https://id.example',
    now: () => time.now,
  })({ sub: 'kim', address: ADDRESS })
}

const event = (n: number, changes: Partial<AuditEvent> = {}) =>
  given.store.audit.append({
    id: String(n).padStart(8, '0'),
    at: START + n,
    type: 'sign_in.succeeded',
    actor: undefined,
    sub: 'kim',
    clientId: undefined,
    address: undefined,
    detail: {},
    ...changes,
  })

const moment = (at: number) => new Date(at).toISOString()

it('is everything that is stored about the person', async () => {
  await given.store.accounts.insert({ ...fullAccount('kim'), name: 'Kim' })
  await given.store.consents.add({
    sub: 'kim',
    clientId: 'shop',
    scopes: ['openid'],
    resources: { 'https://orders.example/api': ['orders:read'] },
    updatedAt: START,
  })
  await event(1, { actor: 'kim', clientId: 'shop', address: ADDRESS, detail: { reason: 'x' } })
  await event(2, { actor: 'administrator-sub' })
  await event(3, { sub: 'lee' })
  expect(await collect()).toMatchObject({
    issuer: 'https://id.example',
    exported_at: moment(START),
    account: { sub: 'kim', email: 'kim@Example.com', name: 'Kim', has_password: true },
    second_factors: {
      authenticator_app: { added_at: moment(START) },
      recovery_codes: { left: 10 },
      passkeys: [{ name: 'Kim’s phone 📱', is_synced: true, last_used_at: moment(START + 1) }, { name: '' }],
    },
    roles: ['clerk'],
    permissions: { 'https://orders.example/api': ['orders:read'] },
    applications: [
      {
        client_id: 'shop',
        scopes: ['openid'],
        resources: { 'https://orders.example/api': ['orders:read'] },
        allowed_at: moment(START),
      },
    ],
    removed_applications: [
      { client_id: 'a.b$c', removed_at: moment(START) },
      { client_id: '__proto__' },
      { client_id: 'constructor' },
      { client_id: '$set' },
      { client_id: 'https://app.example/client.json' },
    ],
    sessions: [{ device: { name: 'Firefox on Linux' }, address: ADDRESS, started_at: moment(START) }],
    security_log: [
      { at: moment(START + 2), by: 'somebody else' },
      { at: moment(START + 1), by: 'you', client_id: 'shop', address: ADDRESS, detail: { reason: 'x' } },
    ],
    security_log_is_complete: true,
  })
  expect(given.events).toEqual([
    { type: 'account.data_exported', sub: 'kim', actor: 'kim', address: ADDRESS },
  ])
})

it('lets nobody in who reads it, and names nobody else', async () => {
  const kim = fullAccount('kim')
  await given.store.accounts.insert(kim)
  await event(1, { actor: 'administrator-sub' })
  const text = JSON.stringify(await collect())
  const { totp, recoveryCodes, passkeys } = kim.factors
  const secrets = [
    kim.password ?? '',
    totp?.secret ?? '',
    ...(recoveryCodes?.left ?? []).map(({ hash }) => hash),
    ...passkeys.flatMap(({ id, publicKey }) => [id, publicKey]),
    'session-id',
    'session-uid',
    'administrator-sub',
    'argon2',
  ]
  for (const secret of secrets) expect(text).not.toContain(secret)
})

it('has the newest events of a very long log, and says that there are more', async () => {
  await given.store.accounts.insert(account('kim'))
  await Promise.all(Array.from({ length: MOST_EVENTS }, (_, n) => event(n)))
  const whole = await collect()
  expect([whole.security_log.length, whole.security_log_is_complete]).toEqual([MOST_EVENTS, true])
  await event(MOST_EVENTS)
  const cut = await collect()
  expect([cut.security_log.length, cut.security_log_is_complete]).toEqual([MOST_EVENTS, false])
  expect(cut.security_log[0]?.at).toBe(moment(START + MOST_EVENTS))
})

it('is refused where nobody is', async () => {
  await expect(collect()).rejects.toMatchObject({ code: 'not_found' })
  expect(given.events).toEqual([])
})
