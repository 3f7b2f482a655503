import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noFactors } from '../../src/domain/new-account.ts'
import type { Account } from '../../src/domain/ports.ts'
import { atConsole, leaving } from '../flows/at-console.ts'
import { kim, lou, seed, shop } from '../flows/subject.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import type { Credentials } from '../support/person.ts'
import { answerOf, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { besideOf } from './beside.ts'
import { forCrowds } from './settings.ts'

const PASSWORD = 'marble anchor near the pier'
const totp = { secret: 'v1.k.iv.sealed', lastStep: 1, addedAt: 1, lastUsedAt: undefined }
/** Milliseconds: every sign-in of these tests is older. */
const END = Date.now() + 600_000
let people = 0

let deployment: Deployment
/** Settings of a writer whose messages reach nobody. */
let unheard: Record<string, string>

/** A person at the console, whose account is in the memory of every process. */
const known = async (person: Credentials) => {
  const { agent } = await atConsole(deployment, person)
  const visit = () => agent.get(`${deployment.issuer}/account`)
  for (const _ of deployment.processes) expect((await visit()).status).toBe(200)
  const sub = await besideOf(
    deployment,
    async ({ accounts }) => (await accounts.findByEmail(person.login))?.sub,
  )
  if (sub === undefined) throw new Error(`no account ${person.login}`)
  return { agent, visit, sub }
}

describe.skipIf(!services())('what another process has just written is seen by who is at a browser', () => {
  beforeAll(async () => {
    deployment = await startDeployment({ seed, env: forCrowds })
    unheard = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` }
  })
  afterAll(() => deployment?.stop())

  it('on every page of the console', async () => {
    const { visit, sub } = await known(kim)
    await besideOf(deployment, ({ accounts }) => accounts.setName(sub, 'Another Kim'), unheard)
    const names = []
    for (const _ of deployment.processes) names.push((await visit()).text('h1'))
    expect(names).toEqual(deployment.processes.map(() => 'Another Kim'))
  })

  it('C-25 by the end of the visit to the console when the account is disabled', async () => {
    const { agent, sub } = await known(lou)
    await besideOf(deployment, ({ accounts }) => accounts.disable(sub), unheard)
    for (const _ of deployment.processes)
      expect((await leaving(deployment, agent)).pathname).toBe('/oauth2/authorize')
  })

  it.each([
    ['C-25 by the end of the sign-in when it is disabled', { disabled: true }],
    ['N-07 by the end of the sign-in with "log out everywhere"', { validAfter: END }],
    ['C-18 by the question for a second factor', { factors: { ...noFactors(), totp } }],
  ])('%s', async (_, changes: Partial<Account>) => {
    const email = `cyd-${people++}@example.com`
    await besideOf(deployment, ({ accounts }) =>
      accounts.create({ email, emailKey: email, emailVerified: true, password: PASSWORD, roleIds: [] }),
    )
    const { agent, sub } = await known({ login: email, password: PASSWORD })
    const party = await relyingParty(deployment.issuer, shop)
    const answers = async () => {
      const errors = []
      for (const _ of deployment.processes) {
        const { url } = await party.leave({ prompt: 'none' })
        const page = await agent.get(url, { stopAt: shop.redirectUri })
        errors.push(new URL(answerOf(page)).searchParams.get('error'))
      }
      return errors
    }
    expect(await answers()).toEqual(deployment.processes.map(() => 'consent_required'))
    await besideOf(
      deployment,
      async ({ store }) => {
        const account = await store.accounts.find(sub)
        if (account) await store.accounts.replace({ ...account, ...changes })
      },
      unheard,
    )
    expect(await answers()).toEqual(deployment.processes.map(() => 'login_required'))
  })
})
