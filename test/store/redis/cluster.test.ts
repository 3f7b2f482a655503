import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { services } from '../../support/services/index.ts'
import { startRedisCluster } from '../../support/services/redis-cluster.ts'
import { clientOf, openForTest, succeeds, unavailable } from './open-for-test.ts'

const run = promisify(execFile)

/** Of the tag `{held}`, on the first of three nodes. */
const SLOT = 3823

const code = (key: string) => ({
  model: 'Code',
  key,
  payload: { key },
  expiresAt: Date.now() + 60_000,
  grantId: `g-${key}`,
})

describe.skipIf(!services())('Redis Cluster', () => {
  it('serves every call while slots move to another node (R-10)', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const [from, to] = cluster.nodes
    const { artifacts, warnings } = openForTest(cluster.url)
    let isMoving = true
    let rounds = 0
    const traffic = async (lane: number): Promise<void> => {
      for (let n = 0; isMoving; n += 1) {
        const key = `${lane}-${n}`
        await artifacts.put(code(key))
        expect((await artifacts.find('Code', key))?.payload).toEqual({ key })
        expect(await artifacts.consume('Code', key)).toEqual({ kind: 'won' })
        expect(await artifacts.consume('Code', key)).toMatchObject({ kind: 'lost' })
        if (n % 4 === 0) await artifacts.removeFamily(`g-${key}`)
        expect((await artifacts.find('Code', key)) === undefined).toBe(n % 4 === 0)
        rounds += 1
      }
    }
    const lanes = Promise.all(Array.from({ length: 16 }, (_, lane) => traffic(lane)))
    const ids = await Promise.all([from, to].map((node) => clientOf(node?.url ?? '').cluster('MYID')))
    await run('redis-cli', [
      ...['--cluster', 'reshard', `127.0.0.1:${from?.port}`, '--cluster-yes', '--cluster-slots', '400'],
      ...['--cluster-from', String(ids[0]), '--cluster-to', String(ids[1])],
    ])
    isMoving = false
    await lanes
    expect(rounds).toBeGreaterThan(16)
    expect(warnings).toEqual([])
  })

  it('finds what has not moved yet beside what has, and outlives a node that is silent then (R-10)', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    // All keys in one slot, which is one of the first node.
    const { artifacts, warnings } = openForTest(`${cluster.url}?prefix={held}:`)
    await artifacts.put(code('held'))
    const [from, to] = cluster.nodes
    const [source, target] = [clientOf(from?.url ?? ''), clientOf(to?.url ?? '')]
    expect(await source.cluster('COUNTKEYSINSLOT', SLOT)).toBeGreaterThan(0)
    await target.call('CLUSTER', 'SETSLOT', SLOT, 'IMPORTING', String(await source.cluster('MYID')))
    await source.call('CLUSTER', 'SETSLOT', SLOT, 'MIGRATING', String(await target.cluster('MYID')))
    const [held, absent] = await Promise.all([
      artifacts.find('Code', 'held'),
      artifacts.find('Code', 'absent'),
      artifacts.put(code('new')),
    ])
    expect([held?.payload, absent]).toEqual([{ key: 'held' }, undefined])
    expect((await artifacts.find('Code', 'new'))?.payload).toEqual({ key: 'new' })
    process.kill(to?.pid ?? 0, 'SIGSTOP')
    await expect(artifacts.find('Code', 'new')).rejects.toMatchObject(unavailable)
    process.kill(to?.pid ?? 0, 'SIGCONT')
    await expect.poll(() => succeeds(artifacts.find('Code', 'new')), { timeout: 10_000 }).toBe(true)
    expect(warnings).toEqual([])
  })

  it('refuses what a lost node holds, and serves all of it when the node is back', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const [node] = cluster.nodes
    const { artifacts, ping } = openForTest(cluster.url)
    await ping()
    await node?.kill()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => artifacts.find('Code', `key-${n}`)),
    )
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toMatchObject(unavailable)
    await node?.restart()
    await expect
      .poll(
        () => succeeds(Promise.all(Array.from({ length: 30 }, (_, n) => artifacts.put(code(`key-${n}`))))),
        { timeout: 10_000 },
      )
      .toBe(true)
  })
})
