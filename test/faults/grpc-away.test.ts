import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { api, asker, read, user } from '../flows/authzen-subject.ts'
import { type GrpcSubject, ledger, startSubject } from '../flows/grpc-subject.ts'
import { startDeployment } from '../support/deployment.ts'
import { services } from '../support/services/index.ts'
import { SOON } from './outage.ts'
import { startWires, type Wires } from './wires.ts'

const EVALUATE = 'gatehouse.v1.Access/Evaluate'
const BATCH = 'gatehouse.v1.Access/EvaluateBatch'
const INTROSPECT = 'gatehouse.v1.Tokens/Introspect'
const CHECK = 'grpc.health.v1.Health/Check'

describe.skipIf(!services())('R-02 gRPC while the stores are away', () => {
  let wires: Wires
  let at: GrpcSubject
  let token: string
  let ofLedger: string
  beforeAll(async () => {
    wires = await startWires()
    at = await startSubject({}, (options) =>
      startDeployment({ ...options, processes: 1, stores: wires.stores }),
    )
    token = await at.tokenOf(asker, 'access', 'access:evaluate')
    ofLedger = await at.tokenOf(ledger, 'access', 'access:evaluate')
  })
  afterAll(async () => {
    await at?.stop()
    await wires?.stop()
  })

  const question = (sub: string) => ({ subject: user(sub), action: read, resource: api() })
  /** Of somebody who is not in memory each time. */
  let strangers = 0
  const stranger = () => question(`stranger-${strangers++}`)

  it.each(['cut', 'blackhole'] as const)(
    'says UNAVAILABLE within 2 s and never a denial: %s',
    async (fault) => {
      expect((await at.call(EVALUATE, question('reader'), { token })).body).toEqual({ decision: true })
      await Promise.all([wires.mongo[fault](), wires.redis[fault]()])
      const asked = performance.now()
      const answers = await Promise.all([
        at.call(EVALUATE, stranger(), { token }),
        at.call(BATCH, { evaluations: [question('reader'), stranger()] }, { token }),
        at.call(INTROSPECT, { token: 'x'.repeat(43) }, { token: ofLedger }),
      ])
      expect(performance.now() - asked).toBeLessThan(SOON)
      for (const { code, details, body } of answers)
        expect({ code, details, body }).toEqual({ code: 'UNAVAILABLE', details: 'try again soon', body: {} })
      expect((await at.call(CHECK, {})).body).toEqual({ status: 'NOT_SERVING' })

      await Promise.all([wires.mongo.pass(), wires.redis.pass()])
      await expect
        .poll(async () => (await at.call(EVALUATE, stranger(), { token })).body, { timeout: 10_000 })
        .toEqual({ decision: false })
      await expect
        .poll(async () => (await at.call(CHECK, {})).body, { timeout: 10_000 })
        .toEqual({ status: 'SERVING' })
    },
  )
})
