import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../../src/store/mongo/migrate.ts'
import { migrations } from '../../../src/store/mongo/migrations/index.ts'
import { StartFault } from '../../../src/store/start-fault.ts'
import { account, parallel, START } from '../../contract/open-for-test.ts'
import { scaleUrls, services } from '../../support/services/index.ts'
import { behind, openForTest } from './database.ts'

const numbers = migrations.map(({ number }) => number)

const openInProcess = async (url: string): Promise<string> => {
  const script = join(import.meta.dirname, 'open-process.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, url])
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return out + err
}

describe.skipIf(!services())('migrations of MongoDB', () => {
  it('are applied once by five processes that start at once, which all get a working store', async () => {
    const url = scaleUrls().MONGODB_URL
    const outcomes = await parallel(5, () => openInProcess(url))
    expect(outcomes).toEqual(Array(5).fill('opened\n'))
    const db = await behind(url)
    const applied = await db.collection('migrations').find().sort({ _id: 1 }).toArray()
    expect(applied.map(({ _id }) => _id)).toEqual(numbers)
    expect(await db.collection('changes').countDocuments()).toBe(3)
    const indexes = await db.collection('accounts').indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ key: { emailKey: 1 }, unique: true }))
  })

  it('can be run again after one that ended half way, and keep what is there', async () => {
    const url = scaleUrls().MONGODB_URL
    const store = await openForTest(url)
    await store.accounts.insert(account('kim'))
    await store.accounts.remove('nobody')
    const before = await store.intents()
    const db = await behind(url)
    await db.collection('migrations').deleteMany({})
    await migrate(db, { present: 0, migrations, now: Date.now })
    expect(await store.accounts.find('kim')).toEqual(account('kim'))
    expect(await store.intents()).toEqual(before)
  })

  it('R-26 leave the accounts of the former release as they are, and have them read and changed', async () => {
    const url = scaleUrls().MONGODB_URL
    const db = await behind(url)
    await migrate(db, { present: 0, migrations: migrations.slice(0, 1), now: Date.now })
    const { sub, passwordChangedAt, factors, clientsValidAfter, deletion, ...former } = account('kim')
    const { name, locale, ...record } = former
    await db.collection<{ _id: string }>('accounts').insertOne({ _id: sub, ...record })
    const store = await openForTest(url)
    expect(await store.accounts.find('kim')).toEqual(account('kim'))
    expect(await store.accounts.due({ before: Number.MAX_SAFE_INTEGER, limit: 9 })).toEqual([])
    const waiting = account('kim', { deletion: { due: START, clientIds: ['shop'] } })
    expect(await store.accounts.replace(waiting)).toEqual({ kind: 'replaced' })
    expect(await store.accounts.due({ before: START, limit: 9 })).toEqual([{ ...waiting, version: 2 }])
    const indexes = await db.collection('accounts').indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ key: { 'deletion.due': 1 }, sparse: true }))
    expect(indexes).toContainEqual(expect.objectContaining({ key: { 'roles.roleId': 1, _id: 1 } }))
    expect(await store.accounts.holding({ roleIds: ['role-1'], limit: 9 })).toEqual([
      { ...waiting, version: 2 },
    ])
  })

  it('refuse a database that a newer release has written, and leave it alone', async () => {
    const url = scaleUrls().MONGODB_URL
    const db = await behind(url)
    await db.collection<{ _id: number }>('migrations').insertOne({ _id: 99 })
    const opening = openForTest(url)
    await expect(opening).rejects.toThrow(
      `the MongoDB database ${db.databaseName} was written by a newer release (schema 99, this release knows up to ${numbers.at(-1)})`,
    )
    await expect(opening).rejects.toBeInstanceOf(StartFault)
    expect(await db.collection('changes').countDocuments()).toBe(0)
  })
})
