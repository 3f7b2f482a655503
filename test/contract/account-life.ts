import { expect, it } from 'vitest'
import type { Account, AccountStore, Factors } from '../../src/domain/ports.ts'
import { NARROWED } from './account-roles.ts'
import { account, parallel, START } from './open-for-test.ts'

const factors = (): Factors => ({
  totp: { secret: 'v1.k.iv.sealed', lastStep: 58_000_000, addedAt: START, lastUsedAt: undefined },
  recoveryCodes: {
    madeAt: START,
    left: Array.from({ length: 10 }, (_, n) => ({ mark: String(n), hash: `$argon2id$${n}` })),
  },
  passkeys: [
    {
      id: 'AQID',
      publicKey: 'pQECAyYgASFYIA',
      counter: 0,
      transports: ['internal', 'hybrid'],
      name: 'Kim’s phone 📱',
      isSynced: true,
      addedAt: START,
      lastUsedAt: START + 1,
    },
    {
      id: 'BAUG',
      publicKey: 'pQECAyYgASFYIB',
      counter: 4_294_967_295,
      transports: [],
      name: '',
      isSynced: false,
      addedAt: START,
      lastUsedAt: undefined,
    },
  ],
})

/** Names that mean something to a database or to JavaScript. */
const ODD_IDS = ['a.b$c', '__proto__', 'constructor', '$set', 'https://app.example/client.json']

/** An account with every member that there can be. */
export const fullAccount = (sub: string): Account =>
  account(sub, {
    passwordChangedAt: START + 5,
    factors: factors(),
    roles: [...NARROWED],
    clientsValidAfter: ODD_IDS.map((clientId, n) => ({ clientId, at: START + n })),
    deletion: { due: START + 1000, clientIds: [...ODD_IDS] },
  })

/** Members of an account beside its profile; called inside of the suite of accounts. */
export const describeAccountLife = (accounts: () => AccountStore): void => {
  it('gives back factors, narrowed roles, removed clients and a deletion as they were stored, and without them again', async () => {
    const kim = fullAccount('kim')
    await accounts().insert(kim)
    expect(await accounts().find('kim')).toEqual(kim)
    expect(await accounts().findByEmailKey('kim@example.com')).toEqual(kim)
    expect(await accounts().list({ limit: 9 })).toEqual([kim])
    expect(await accounts().replace(account('kim'))).toEqual({ kind: 'replaced' })
    expect(await accounts().find('kim')).toEqual(account('kim', { version: 2 }))
  })

  it('stores them by replacing as well', async () => {
    await accounts().insert(account('kim'))
    await accounts().replace(fullAccount('kim'))
    expect(await accounts().find('kim')).toEqual({ ...fullAccount('kim'), version: 2 })
  })

  it('is not changed by what a caller does to the factors, removed clients or deletion it was given', async () => {
    await accounts().insert(fullAccount('kim'))
    await accounts().find('kim')
    const given = await accounts().find('kim')
    if (!given?.factors.totp || !given.deletion) throw new Error('no such account')
    given.factors.totp.lastStep = 0
    given.factors.recoveryCodes?.left.pop()
    for (const code of given.factors.recoveryCodes?.left ?? []) code.hash = 'another'
    given.factors.passkeys[0]?.transports.push('usb')
    given.factors.passkeys.pop()
    for (const removed of given.clientsValidAfter) removed.at = 0
    given.clientsValidAfter.pop()
    given.deletion.due = 0
    given.deletion.clientIds.pop()
    expect(await accounts().find('kim')).toEqual(fullAccount('kim'))
  })

  it('is not changed by what a caller does to an account after storing it', async () => {
    const kim = fullAccount('kim')
    await accounts().insert(kim)
    await accounts().find('kim')
    kim.factors.passkeys.pop()
    kim.clientsValidAfter.pop()
    kim.deletion?.clientIds.pop()
    expect(await accounts().find('kim')).toEqual(fullAccount('kim'))
  })

  it('lets one of twenty parallel redeemers have a recovery code when each reads again if stale', async () => {
    await accounts().insert(fullAccount('kim'))
    const redeem = async (): Promise<boolean> => {
      for (;;) {
        const read = await accounts().find('kim')
        const codes = read?.factors.recoveryCodes
        if (!read || !codes?.left.some(({ mark }) => mark === '3')) return false
        const recoveryCodes = { ...codes, left: codes.left.filter(({ mark }) => mark !== '3') }
        const outcome = await accounts().replace({ ...read, factors: { ...read.factors, recoveryCodes } })
        if (outcome.kind === 'replaced') return true
      }
    }
    const outcomes = await parallel(20, redeem)
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    expect((await accounts().find('kim'))?.factors.recoveryCodes?.left).toHaveLength(9)
  })

  it('loses no removed client and no passkey of parallel writers that read again if stale', async () => {
    await accounts().insert(account('kim'))
    await parallel(20, async (n) => {
      for (;;) {
        const read = await accounts().find('kim')
        if (!read) throw new Error('the account is gone')
        const clientsValidAfter = [...read.clientsValidAfter, { clientId: `client-${n}`, at: START }]
        if ((await accounts().replace({ ...read, clientsValidAfter })).kind === 'replaced') return
      }
    })
    expect((await accounts().find('kim'))?.clientsValidAfter).toHaveLength(20)
  })

  it('finds the accounts whose deletion is due, the longest due first, at most as many as wanted', async () => {
    const due = async (options: { before: number; limit: number }) =>
      (await accounts().due(options)).map(({ sub }) => sub)
    const waits = (sub: string, at: number) =>
      accounts().insert(account(sub, { deletion: { due: at, clientIds: ['shop'] } }))
    await accounts().insert(account('stays'))
    await waits('second', START + 2)
    await waits('third', START + 3)
    await waits('first', START + 1)
    await waits('begun', 0)
    expect(await due({ before: START + 3, limit: 9 })).toEqual(['begun', 'first', 'second', 'third'])
    expect(await due({ before: START + 2, limit: 9 })).toEqual(['begun', 'first', 'second'])
    expect(await due({ before: START + 1, limit: 1 })).toEqual(['begun'])
    expect(await due({ before: -1, limit: 9 })).toEqual([])
    expect(await due({ before: START + 3, limit: 0 })).toEqual([])
    expect(await accounts().due({ before: 0, limit: 9 })).toEqual([
      account('begun', { deletion: { due: 0, clientIds: ['shop'] } }),
    ])
  })

  it('finds no account whose deletion was undone, put off, or done', async () => {
    const asked = { deletion: { due: START, clientIds: [] } }
    for (const sub of ['undone', 'put-off', 'done']) await accounts().insert(account(sub, asked))
    await accounts().replace(account('undone'))
    await accounts().replace(account('put-off', { deletion: { due: START + 2, clientIds: [] } }))
    await accounts().remove('done')
    expect(await accounts().due({ before: START + 1, limit: 9 })).toEqual([])
    expect(await accounts().due({ before: START + 2, limit: 9 })).toHaveLength(1)
  })
}
