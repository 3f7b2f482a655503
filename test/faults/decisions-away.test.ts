import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { api, asker, people, read, record, seed, user, write } from '../flows/authzen-subject.ts'
import { calls } from '../flows/calls.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { services } from '../support/services/index.ts'
import { type Answer, faultsOf, SOON, send } from './outage.ts'
import { startWires, type Wires } from './wires.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LOG_LEVEL: 'fatal' }

describe.skipIf(!services())('decisions while a store is away', () => {
  let wires: Wires
  let on: Deployment
  let token: string | undefined
  beforeAll(async () => {
    wires = await startWires()
    on = await startDeployment({ seed, env, processes: 2, stores: wires.stores })
    const fields = {
      grant_type: 'client_credentials',
      resource: `${on.issuer}/access`,
      scope: 'access:evaluate',
    }
    token = (await calls(on).token(asker, fields)).body.access_token
  })
  afterAll(async () => {
    await on?.stop()
    await wires?.stop()
  })

  const post = (path: string, body: object): Promise<Answer> =>
    send({
      url: `${on.issuer}/access/v1/${path}`,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  const decide = (id: string, action: object = read) =>
    post('evaluation', { subject: user(id), action, resource: api() })
  const decisionOf = async (...of: Parameters<typeof decide>): Promise<unknown> => {
    const { status, text } = await decide(...of)
    return status === 200 ? JSON.parse(text).decision : status
  }
  const restored = async (wire: FaultProxy): Promise<void> => {
    await wire.pass()
    await expect.poll(() => decisionOf(people.writer), { timeout: 20_000 }).toBe(true)
  }

  it.each(['blackhole', 'cut'] as const)(
    'R-12 without MongoDB nobody is denied for being unknown, and who is in memory is decided about (%s)',
    async (fault) => {
      for (const _ of on.processes) expect(await decisionOf('reader')).toBe(true)
      await wires.mongo[fault]()
      for (const _ of on.processes) {
        expect(await decisionOf('reader')).toBe(true)
        expect(await decisionOf('reader', write)).toBe(false)
      }
      const unsure = await Promise.all([
        decide('nowhere'),
        decide(people.writer),
        post('evaluations', {
          subject: user('reader'),
          action: read,
          evaluations: [{ resource: api() }, { resource: record('record-1'), subject: user('nowhere') }],
        }),
        post('search/subject', { subject: { type: 'user' }, action: read, resource: api() }),
        post('search/resource', { subject: user('nowhere'), action: read, resource: { type: 'record' } }),
        post('search/action', { subject: user('nowhere'), resource: api() }),
      ])
      for (const answer of unsure) {
        expect(faultsOf({ asker: 'service' }, answer)).toEqual([])
        expect(answer.text).not.toContain('decision')
        expect(answer.took).toBeLessThan(SOON)
      }
      await restored(wires.mongo)
    },
  )

  it('R-03 without Redis decisions and searches go on', async () => {
    await wires.redis.cut()
    expect(await decisionOf('reader')).toBe(true)
    expect(await decisionOf('nowhere')).toBe(false)
    const found = await post('search/subject', { subject: { type: 'user' }, action: write, resource: api() })
    expect(JSON.parse(found.text).results).toEqual([user('writer')])
    await restored(wires.redis)
  })
})
