import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { services } from '../../support/services/index.ts'
import { startRedisCluster } from '../../support/services/redis-cluster.ts'
import { clientOf, openForTest, succeeds, unavailable } from './open-for-test.ts'

const run = promisify(execFile)

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
