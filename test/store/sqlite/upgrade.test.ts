import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { migrate } from '../../../src/store/sqlite/migrate.ts'
import { initial } from '../../../src/store/sqlite/migrations/0001-initial.ts'
import { accountLife } from '../../../src/store/sqlite/migrations/0002-account-life.ts'
import { account, START } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from './data-dir.ts'

/** What the release before factors, removed clients and deletions wrote for the account `kim` of the tests. */
const formerRecord = {
  email: 'kim@Example.com',
  emailVerified: false,
  password: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  roles: [{ roleId: 'role-1' }],
  disabled: false,
  validAfter: 0,
  createdAt: START,
  updatedAt: START,
}

/** A data file as that release left it. */
const formerFile = (): string => {
  const dir = dataDir()
  mkdirSync(dir, { recursive: true })
  const db = new DatabaseSync(join(dir, 'gatehouse.sqlite'))
  migrate(db, { migrations: [initial], now: () => START })
  db.prepare('insert into accounts (sub, email_key, record, version) values (?, ?, ?, ?)').run(
    'kim',
    'kim@example.com',
    JSON.stringify(formerRecord),
    3,
  )
  db.prepare('insert into audit (id, at, type, actor, sub, detail) values (?, ?, ?, ?, ?, ?)').run(
    '1',
    START,
    'sign_in.succeeded',
    'admin',
    'kim',
    '{}',
  )
  db.close()
  return dir
}

it('R-26 reads the accounts and events of the former release, and changes them', async () => {
  const store = await openTestStore({ dataDir: formerFile() })
  const kim = account('kim', { version: 3 })
  expect(await store.accounts.find('kim')).toEqual(kim)
  expect(await store.accounts.findByEmailKey('kim@example.com')).toEqual(kim)
  expect(await store.accounts.due({ before: Number.MAX_SAFE_INTEGER, limit: 9 })).toEqual([])
  expect(await store.accounts.holding({ roleIds: ['role-1'], limit: 9 })).toEqual([kim])
  const waiting = { ...kim, deletion: { due: START, clientIds: ['shop'] } }
  expect(await store.accounts.replace(waiting)).toEqual({ kind: 'replaced' })
  expect(await store.accounts.due({ before: START, limit: 9 })).toEqual([{ ...waiting, version: 4 }])
  expect(await store.audit.list({ limit: 9, actor: 'admin', since: START, until: START })).toHaveLength(1)
})

it('R-26 knows the roles of the accounts that the release before them has written, and follows them', async () => {
  const dir = dataDir()
  mkdirSync(dir, { recursive: true })
  const db = new DatabaseSync(join(dir, 'gatehouse.sqlite'))
  migrate(db, { migrations: [initial, accountLife], now: () => START })
  const insert = db.prepare('insert into accounts (sub, email_key, record, version) values (?, ?, ?, 1)')
  const roles = { kim: ['a', 'b', 'a'], lee: ['b'], max: [] }
  for (const [sub, ids] of Object.entries(roles))
    insert.run(
      sub,
      `${sub}@example.com`,
      JSON.stringify({ ...formerRecord, roles: ids.map((roleId) => ({ roleId })) }),
    )
  db.close()
  const { accounts } = await openTestStore({ dataDir: dir })
  const holders = async (roleId: string): Promise<string[]> =>
    (await accounts.holding({ roleIds: [roleId], limit: 9 })).map(({ sub }) => sub)
  expect([await holders('a'), await holders('b')]).toEqual([['kim'], ['kim', 'lee']])
  const kim = await accounts.find('kim')
  if (kim) await accounts.replace({ ...kim, roles: [] })
  expect([await holders('a'), await holders('b')]).toEqual([[], ['lee']])
})
