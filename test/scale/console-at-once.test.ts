import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atConsole, leaving } from '../flows/at-console.ts'
import { kim, lou, seed } from '../flows/subject.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import type { Credentials } from '../support/person.ts'
import { services } from '../support/services/index.ts'
import { besideOf } from './beside.ts'
import { forCrowds } from './settings.ts'

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

describe.skipIf(!services())('what another process has just written is seen by who is at the console', () => {
  beforeAll(async () => {
    deployment = await startDeployment({ seed, env: forCrowds })
    unheard = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` }
  })
  afterAll(() => deployment?.stop())

  it('on every page', async () => {
    const { visit, sub } = await known(kim)
    await besideOf(deployment, ({ accounts }) => accounts.setName(sub, 'Another Kim'), unheard)
    const names = []
    for (const _ of deployment.processes) names.push((await visit()).text('h1'))
    expect(names).toEqual(deployment.processes.map(() => 'Another Kim'))
  })

  it('C-25 by the end of the visit when the account is disabled', async () => {
    const { agent, sub } = await known(lou)
    await besideOf(deployment, ({ accounts }) => accounts.disable(sub), unheard)
    for (const _ of deployment.processes)
      expect((await leaving(deployment, agent)).pathname).toBe('/oauth2/authorize')
  })
})
