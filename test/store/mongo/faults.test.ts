import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StartFault } from '../../../src/store/start-fault.ts'
import { account, parallel } from '../../contract/open-for-test.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { freePort } from '../../support/free-port.ts'
import { type MongoOptions, startMongo } from '../../support/services/mongo.ts'
import { behind, type OpenedForTest, openForTest } from './database.ts'
import { describeWithMongo } from './server.ts'

const UNAVAILABLE = { code: 'store_unavailable', status: 503, retryAfter: 2 }
const NAME = 'gatehouse_faults'

const server = async (options?: MongoOptions) => {
  const mongo = await startMongo(options)
  onTestFinished(() => mongo.stop())
  return mongo
}

/** A store whose wire to its server has faults. */
const behindProxy = async () => {
  const mongo = await server()
  const proxy = await startFaultProxy(mongo)
  onTestFinished(() => proxy.stop())
  const store = await openForTest(`mongodb://127.0.0.1:${proxy.port}/${NAME}`)
  return { mongo, proxy, store, direct: `${mongo.url}/${NAME}` }
}

/** One call of each kind; the time that a call may take is asked of the slowest of them. */
const everyCall = ({
  accounts,
  clients,
  documents,
  consents,
  audit,
  ping,
  intents,
  inspect,
}: OpenedForTest) => [
  ping(),
  intents(),
  inspect(),
  accounts.find('kim'),
  accounts.insert(account('new')),
  accounts.replace(account('kim')),
  accounts.list({ limit: 10 }),
  clients.list(),
  documents.write('roles', {}, 0),
  consents.add({ sub: 'kim', clientId: 'shop', scopes: [], resources: {}, updatedAt: 0 }),
  audit.list({ limit: 10 }),
]

const expectRefused = async (calls: Promise<unknown>[]): Promise<void> => {
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
  }
}

/** The tries of a caller that comes again every 100 ms for two seconds. */
const returnsInTime = async (store: OpenedForTest): Promise<unknown> => {
  const deadline = performance.now() + 2_000
  for (;;) {
    try {
      return await store.accounts.find('kim')
    } catch (error) {
      if (performance.now() > deadline) throw error
      await pause(100)
    }
  }
}

describe('a MongoDB that is away at the start', () => {
  it('is waited for, then refused with a sentence that names the host and no secret', async () => {
    const port = await freePort()
    const lines: string[] = []
    const opening = openForTest(`mongodb://app:s3cret@127.0.0.1:${port}/${NAME}`, {
      patience: 1_500,
      log: { warn: (fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`) },
    })
    await expect(opening).rejects.toThrow(
      new RegExp(`MongoDB at 127.0.0.1:${port} has not answered within 2 s`),
    )
    await expect(opening).rejects.toBeInstanceOf(StartFault)
    await expect(opening).rejects.not.toThrow(/s3cret/)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(`MongoDB at 127.0.0.1:${port} does not answer yet`)
    expect(lines[0]).not.toMatch(/s3cret/)
  })
})

describeWithMongo('a MongoDB server with faults', () => {
  it('may start after us', async () => {
    const port = await freePort()
    const opening = openForTest(`mongodb://127.0.0.1:${port}/${NAME}`, { patience: 20_000 })
    await pause(1_000)
    await server({ port })
    await (await opening).ping()
  })

  it('R-01: is refused while it is gone, and used again when it is back, without a new start', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mongo-data-')), 'data')
    const mongo = await server({ file })
    const store = await openForTest(`${mongo.url}/${NAME}`)
    await store.accounts.insert(account('kim'))
    await mongo.kill()
    await expectRefused(everyCall(store))
    await mongo.restart()
    expect(await returnsInTime(store)).toEqual(account('kim'))
  })

  it('keeps every acknowledged write in its file over a kill -9', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mongo-data-')), 'data')
    const mongo = await server({ file })
    const store = await openForTest(`${mongo.url}/${NAME}`)
    const acknowledged: string[] = []
    const writing = parallel(4, async (writer) => {
      for (let n = 0; ; n++) {
        const { sub } = account(`sub-${writer}-${n}`)
        await store.accounts.insert(account(sub))
        acknowledged.push(sub)
      }
    })
    const stopped = expect(writing).rejects.toMatchObject(UNAVAILABLE)
    while (acknowledged.length < 20) await pause(5)
    await mongo.kill()
    await stopped
    await mongo.restart()
    await returnsInTime(store)
    const found = (await store.accounts.list({ limit: 10_000 })).map(({ sub }) => sub)
    expect(found).toEqual(expect.arrayContaining(acknowledged))
  })

  it('R-03: that swallows everything refuses each call within its limit, and is used again when it is back', async () => {
    const { proxy, store } = await behindProxy()
    await store.accounts.insert(account('kim'))
    await proxy.blackhole()
    const calls = everyCall(store)
    const refused = expectRefused(calls)
    // The limit is 900 ms; the caller's own answer is due after two seconds.
    const given = Promise.race([Promise.allSettled(calls), pause(1_900, 'still waiting')])
    expect(await given).not.toBe('still waiting')
    await refused
    await proxy.pass()
    expect(await returnsInTime(store)).toEqual(account('kim'))
  })

  it('R-02: whose answer is lost after an insert says unavailable, never taken', async () => {
    const { proxy, store, direct } = await behindProxy()
    await store.ping()
    await proxy.dropReplies()
    await expect(store.accounts.insert(account('kim'))).rejects.toMatchObject(UNAVAILABLE)
    await proxy.pass()
    await returnsInTime(store)
    const stored = await (await behind(direct)).collection('accounts').countDocuments()
    expect(stored).toBe(1)
    expect(await store.accounts.insert(account('kim'))).toEqual({ kind: 'taken' })
  })

  it('is told of an intent before it gets the write, and gets no write after a call was given up', async () => {
    const { proxy, store, direct } = await behindProxy()
    await store.documents.write('roles', { a: 1 }, 0)
    const before = await store.intents()
    await proxy.dropReplies()
    await expect(store.documents.write('roles', { a: 2 }, 1)).rejects.toMatchObject(UNAVAILABLE)
    await proxy.pass()
    const other = await openForTest(direct)
    expect((await other.intents()).documents).toBe(before.documents + 1)
    expect(await other.documents.read('roles')).toEqual({ value: { a: 1 }, version: 1 })
  })

  it('refuses the user of a URL with one sentence and no secret, where it knows no users', async () => {
    const mongo = await server()
    const url = mongo.url.replace('//', '//app:s3cret@')
    const opening = openForTest(`${url}/${NAME}`, { patience: 1_000 })
    await expect(opening).rejects.toBeInstanceOf(StartFault)
    await expect(opening).rejects.not.toThrow(/s3cret/)
  })
})
