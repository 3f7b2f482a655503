import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Foundation } from '../../src/build.ts'
import type { Account } from '../../src/domain/ports.ts'
import {
  type AdminAnswer,
  type AdminCalls,
  adminCalls,
  adminSeed,
  machineToken,
  ops,
} from '../flows/admin-subject.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import { services } from '../support/services/index.ts'
import { alone, besideOf } from './beside.ts'
import { forCrowds } from './settings.ts'

let deployment: Deployment
/** Calls of the administration at each process. */
let everywhere: AdminCalls[]
/** Settings of a writer whose messages reach nobody. */
let unheard: Record<string, string>
let kim: Pick<Account, 'sub'>
let made = 0

/** By a process of which the others have not heard yet when this resolves. */
const elsewhere = (work: (foundation: Foundation) => Promise<unknown>) => besideOf(deployment, work, unheard)

const path = (...rest: string[]): string => ['/admin/accounts', kim.sub, ...rest].join('/')

/** The id of the only assignment of a list. */
const idOf = (listed: AdminAnswer | undefined): string => {
  const [assignment] = z.tuple([z.object({ id: z.string() })]).parse(listed?.body.assignments)
  return assignment.id
}

describe.skipIf(!services())('what another process has just written is seen by the administration', () => {
  beforeAll(async () => {
    deployment = await startDeployment({ seed: adminSeed, env: forCrowds })
    unheard = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` }
    const token = await machineToken(deployment, ops)
    everywhere = deployment.processes.map((process) => adminCalls(alone(process), token))
  })
  afterAll(() => deployment?.stop())

  /** An account with the role `reader`, in the memory of every process. */
  beforeEach(async () => {
    const [first] = everywhere
    if (!first) throw new Error('no process')
    const created = await first.post('/admin/accounts', {
      email: `kim-${made++}@example.com`,
      name: 'Kim',
      roles: ['reader'],
    })
    expect(created.status).toBe(201)
    kim = { sub: String(created.body.sub) }
    for (const { get } of everywhere) expect((await get(path())).body.name).toBe('Kim')
  })

  it('in an account that is read', async () => {
    await elsewhere(({ accounts }) => accounts.setName(kim.sub, 'Another'))
    const answers = await Promise.all(everywhere.map(({ get }) => get(path())))
    expect(answers.map(({ body }) => body.name)).toEqual(everywhere.map(() => 'Another'))
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1)
  })

  it('in its roles: one that is gone is not there to be taken away', async () => {
    const listed = await Promise.all(everywhere.map(({ get }) => get(path('assignments'))))
    await elsewhere(({ accounts }) => accounts.unassign(kim.sub, () => true))
    const answers = await Promise.all(
      everywhere.map(({ remove }, at) => remove(path('assignments', idOf(listed[at])))),
    )
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it('by a role that is given again: it is not taken for one that is there', async () => {
    await elsewhere(({ accounts }) => accounts.unassign(kim.sub, () => true))
    const given = await Promise.all(
      everywhere.map(({ post }) => post(path('assignments'), { role: 'reader' })),
    )
    expect(given.map(({ status }) => status)).toEqual(everywhere.map(() => 201))
    for (const { get } of everywhere)
      expect((await get(path('assignments'))).body.assignments).toMatchObject([{ role: 'reader' }])
  })

  it('by a change that memory takes for done', async () => {
    await elsewhere(async ({ accounts }) => {
      const roles = (await accounts.find(kim.sub))?.roles ?? []
      const [first] = everywhere
      const listed = await first?.get(path('assignments'))
      expect((await first?.remove(path('assignments', idOf(listed))))?.status).toBe(204)
      expect((await accounts.assign(kim.sub, roles))?.roles).toEqual(roles)
    })
    for (const { get } of everywhere)
      expect((await get(path('assignments'))).body.assignments).toMatchObject([{ role: 'reader' }])
  })

  it('by the removal of an account: it is gone from every process', async () => {
    await elsewhere(({ store }) => store.accounts.remove(kim.sub))
    const answers = await Promise.all(everywhere.map(({ get }) => get(path())))
    expect(answers.map(({ status }) => status)).toEqual(everywhere.map(() => 404))
  })
})
