import { join } from 'node:path'
import { expect, it } from 'vitest'
import { noMetrics } from '../../src/adapters/metrics.ts'
import { type OpenedStore, openStore } from '../../src/store/index.ts'
import { account, HOUR } from '../contract/open-for-test.ts'
import { gatehouse } from '../support/command.ts'
import { mailFiles } from '../support/mail-files.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const nothing = () => undefined

/** The data of a server, while it runs or after it. */
const beside = async <Result>(
  { home }: RunningServer,
  work: (store: OpenedStore) => Promise<Result>,
): Promise<Result> => {
  const store = await openStore({
    dataDir: join(home, 'data'),
    role: 'cli',
    now: Date.now,
    log: { info: nothing, warn: nothing, error: nothing },
    metrics: noMetrics,
  })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

const deletions = async (server: RunningServer): Promise<unknown> => {
  const { out } = await gatehouse(server, ['doctor', '--json'])
  const { findings }: { findings: { subject: string }[] } = JSON.parse(out)
  return findings.find(({ subject }) => subject === 'Deletions')
}

it('accounts that became due while no server ran are removed at the next start, and doctor tells of them until then', async () => {
  const first = await startServer()
  await first.stop()
  const waits = (sub: string, due: number) => account(sub, { deletion: { due, clientIds: ['gone'] } })
  await beside(first, async ({ accounts }) => {
    const long = Date.now() - 5 * HOUR
    await accounts.insert(waits('late', long))
    // Another process had begun, and was killed.
    await accounts.insert({ ...waits('begun', 0), updatedAt: long })
    await accounts.insert({ ...waits('at-it', 0), updatedAt: Date.now() })
    await accounts.insert(waits('early', Date.now() + HOUR))
  })
  expect(await deletions(first)).toMatchObject({
    state: 'warning',
    text: '2 accounts should have been removed over an hour ago',
  })
  const { home, port } = first
  const server = await startServer({ home, port })
  try {
    const left = () =>
      beside(server, async ({ accounts }) => (await accounts.list({ limit: 9 })).map(({ sub }) => sub))
    await expect
      .poll(async () => (await left()).filter((sub) => ['late', 'begun', 'at-it'].includes(sub)), {
        timeout: 15_000,
      })
      .toEqual([])
    expect(await left()).toContain('early')
    for (const sub of ['late', 'begun', 'at-it'])
      expect((await mailFiles(server).next({ to: `${sub}@example.com` })).subject).toContain('deleted')
    expect(await deletions(server)).toMatchObject({ state: 'fine' })
  } finally {
    await server.stop()
  }
})
