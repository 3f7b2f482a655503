import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calls } from '../flows/calls.ts'
import { kim, seed, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'
import { alone, besideOf } from './beside.ts'
import { type Crowd, OFFLINE, startCrowd } from './life.ts'
import { forCrowds, isLong } from './settings.ts'

/** Restarts of the whole deployment. */
const ROUNDS = isLong ? 5 : 1
const CROWD = { visitors: 10, members: 4, chains: 5, newcomers: 1 }
const OPEN = 5
/** Used codes that are presented once more at the end. */
const AGAIN = 50

let deployment: Deployment
let party: RelyingParty

const isReady = async (process: RunningServer): Promise<boolean> =>
  (await fetch(`${alone(process).issuer}/readyz`).catch(() => undefined))?.ok ?? false

/** Takes a process out of service as an orchestrator does: signal, out of the turns once it is not ready, a new one. */
const replace = async (process: RunningServer): Promise<number | null> => {
  const ended = process.stop()
  // As often as a load balancer looks.
  while (await isReady(process)) await sleep(100)
  deployment.leaveOut(process)
  const code = await ended
  await deployment.add()
  return code
}

const running = (): RunningServer[] => deployment.processes.slice(-3)

/** A person who has the sign-in page open and goes away for a while. */
const openPage = async () => {
  const agent = createAgent()
  const attempt = await party.leave(OFFLINE)
  return { agent, attempt, page: await agent.get(attempt.url) }
}

const finish = async ({ agent, attempt, page }: Awaited<ReturnType<typeof openPage>>) => {
  const answer = await passGate(agent, page, kim, { stopAt: shop.redirectUri })
  return party.arrive(answerOf(answer), attempt)
}

const expectNoDoubleEffects = async ({ told }: Crowd): Promise<void> => {
  const ask = calls(deployment)
  for (const token of told.families) expect((await ask.refresh(shop, token)).status).toBe(200)
  expect(new Set(told.codes.map(({ code }) => code)).size).toBe(told.codes.length)
  const accounts = await besideOf(deployment, ({ store }) => store.accounts.list({ limit: 10_000 }))
  const known = ['admin@localhost', ...seed.accounts.map(({ email }) => email)]
  expect(accounts.map(({ email }) => email).toSorted()).toEqual([...known, ...told.registered].toSorted())
  for (const fields of told.codes.slice(-AGAIN)) {
    const { status, body } = await ask.token(shop, fields)
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
  }
}

describe.skipIf(!services())('R-16 a rolling restart of three processes under load', () => {
  beforeAll(async () => {
    deployment = await startDeployment({ seed, env: { ...forCrowds, DRAIN_DELAY: '1' } })
    party = await relyingParty(deployment.issuer, shop)
  })
  afterAll(() => deployment?.stop())

  it(`fails no flow, does nothing twice, and ends every process with 0 (${ROUNDS} times)`, async () => {
    const open = await Promise.all(Array.from({ length: OPEN }, openPage))
    const crowd = await startCrowd(deployment.issuer, CROWD)
    const codes: (number | null)[] = []
    for (let round = 0; round < ROUNDS; round++)
      for (const process of running()) codes.push(await replace(process))
    for (const one of open) expect((await finish(one)).claims()?.sub).toBeDefined()
    await crowd.end()
    expect(crowd.told.failures).toEqual([])
    expect(codes).toEqual(codes.map(() => 0))
    expect(crowd.told.flows).toBeGreaterThan(50 * ROUNDS)
    expect(crowd.told.families).toHaveLength(CROWD.chains)
    await expectNoDoubleEffects(crowd)
  }, 600_000)
})
