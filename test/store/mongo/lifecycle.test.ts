import { describe, expect, it } from 'vitest'
import { account, parallel } from '../../contract/open-for-test.ts'
import { scaleUrls, services } from '../../support/services/index.ts'
import { behind, openForTest } from './database.ts'

describe.skipIf(!services())('an opened MongoDB store', () => {
  it('finishes the calls that were made before it closes, refuses later ones, and may be closed twice', async () => {
    const url = scaleUrls().MONGODB_URL
    const store = await openForTest(url)
    const inserts = parallel(30, (n) => store.accounts.insert(account(`sub-${n}`)))
    await Promise.all([store.close(), store.close()])
    await expect(inserts).resolves.toEqual(Array(30).fill({ kind: 'inserted' }))
    const refusal = { code: 'store_unavailable', retryAfter: 2 }
    await expect(store.ping()).rejects.toMatchObject(refusal)
    await expect(store.accounts.find('sub-1')).rejects.toMatchObject(refusal)
    await expect(store.clients.remove('shop')).rejects.toMatchObject(refusal)
    await expect(store.inspect()).rejects.toMatchObject(refusal)
    await store.close()
  })

  it('tells version, replica set and clock of its server', async () => {
    const store = await openForTest(scaleUrls().MONGODB_URL)
    const findings = await store.inspect()
    expect(findings.map(({ subject }) => subject)).toEqual([
      'MongoDB version',
      'MongoDB replica set',
      'MongoDB clock',
    ])
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'MongoDB clock', state: 'fine' }))
  })

  it('warns of a clock that is hours apart', async () => {
    const store = await openForTest(scaleUrls().MONGODB_URL, { now: () => Date.now() + 7_200_000 })
    expect(await store.inspect()).toContainEqual(
      expect.objectContaining({ subject: 'MongoDB clock', state: 'warning' }),
    )
  })

  it('says what is damaged, and not that it is away, when a record is not what it wrote', async () => {
    const url = scaleUrls().MONGODB_URL
    const store = await openForTest(url)
    await store.accounts.insert(account('kim'))
    const db = await behind(url)
    await db.collection<{ _id: string }>('accounts').updateOne({ _id: 'kim' }, { $set: { roles: 'admin' } })
    await expect(store.accounts.find('kim')).rejects.toMatchObject({ name: 'DamagedRecord' })
  })

  it('stores no more of an account than its members, and leaves out what is undefined', async () => {
    const url = scaleUrls().MONGODB_URL
    const store = await openForTest(url)
    await store.accounts.insert(account('kim', { name: 'Kim' }))
    await store.accounts.replace(account('kim'))
    const db = await behind(url)
    const stored = await db.collection<{ _id: string }>('accounts').findOne({ _id: 'kim' })
    expect(stored).not.toHaveProperty('name')
    expect(stored).toMatchObject({ _id: 'kim', emailKey: 'kim@example.com', version: 2 })
  })

  it('gives back no account for a page without room', async () => {
    const store = await openForTest(scaleUrls().MONGODB_URL)
    await store.accounts.insert(account('kim'))
    expect(await store.accounts.list({ limit: 0 })).toEqual([])
    expect(await store.audit.list({ limit: 0 })).toEqual([])
  })
})
