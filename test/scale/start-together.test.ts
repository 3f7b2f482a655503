import { afterEach, describe, expect, it } from 'vitest'
import { demoClientIds } from '../../src/domain/seed/demo.ts'
import { API, kim, lou, OPAQUE_API, own, post, seed, service, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { alone, besideOf } from './beside.ts'

const ROUNDS = 5
const PASSWORD = /^ {2}Password +(\S+)$/gm

/** A seed whose roles and default role matter to the accounts that are made with it. */
const whole = { ...seed, roles: [...seed.roles, { name: 'customer', default: true, permissions: {} }] }
let deployment: Deployment

const passwords = (): string[] =>
  deployment.processes.flatMap(({ output }) =>
    [...output().matchAll(PASSWORD)].map(([, password = '']) => password),
  )

const stored = () =>
  besideOf(deployment, async ({ store, clients, access, signingKeys }) => {
    const { roles, resources } = await access.model()
    const accounts = await store.accounts.list({ limit: 100 })
    const nameOf = (roleId: string) => roles.find(({ id }) => id === roleId)?.name
    return {
      accounts: accounts.map(({ email, roles }) => [email, roles.map(({ roleId }) => nameOf(roleId))]),
      admins: await access.changeAdmins((admins) => admins),
      subOfAdmin: accounts[0]?.sub,
      clients: (await clients.list()).map(({ client_id }) => client_id),
      roles: roles.map(({ name }) => name),
      resources: resources.map(({ identifier }) => identifier),
      kids: (await signingKeys.list()).map(({ kid }) => kid),
    }
  })

const expectOneOfEach = async (): Promise<void> => {
  const { accounts, admins, subOfAdmin, ...rest } = await stored()
  expect(accounts).toEqual([
    ['admin@localhost', []],
    [kim.login, ['reader', 'idle']],
    [lou.login, []],
  ])
  expect(admins).toEqual({ subs: [subOfAdmin], suspended: [] })
  expect(rest.clients.toSorted()).toEqual(
    [...demoClientIds, ...seed.clients.map(({ client_id }) => client_id)].toSorted(),
  )
  expect(rest.roles.filter((name) => name !== 'customer').toSorted()).toEqual(['idle', 'reader'])
  expect(rest.roles.filter((name) => name === 'customer')).toEqual(['customer'])
  expect(rest.resources).toEqual(expect.arrayContaining([API, OPAQUE_API]))
  expect(new Set(rest.resources).size).toBe(rest.resources.length)
  expect(rest.kids).toHaveLength(4)
  for (const process of deployment.processes) {
    const jwks: { keys: { kid: string }[] } = JSON.parse(
      await (await fetch(`${alone(process).issuer}/oauth2/jwks`)).text(),
    )
    expect(jwks.keys.map(({ kid }) => kid)).toEqual(rest.kids)
  }
}

/** Every process lets the client in and the person, with what was seeded or printed. */
const expectItWorks = async (password: string): Promise<void> => {
  for (const process of deployment.processes) {
    const fields = { grant_type: 'client_credentials', resource: API }
    expect((await post(alone(process), '/oauth2/token', fields, service)).status).toBe(200)
  }
  const party = await relyingParty(deployment.issuer, own)
  for (const person of [kim, { login: 'admin@localhost', password }]) {
    const tokens = await party.signIn(createAgent(), person, { scope: 'openid roles' })
    expect(tokens.claims()?.sub).toBeDefined()
  }
}

describe.skipIf(!services())('processes that start together on empty stores', () => {
  afterEach(() => deployment?.stop())

  it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
    'make one of everything, and one of them tells the password of the first admin (round %i)',
    async () => {
      deployment = await startDeployment({ seed: whole })
      const printed = passwords()
      expect(printed).toHaveLength(1)
      await expectOneOfEach()
      await expectItWorks(printed[0] ?? '')
      expect(await deployment.stop()).toBe(0)
    },
  )

  it('find all that is there when they start together again, and tell no password', async () => {
    deployment = await startDeployment({ seed: whole })
    const { home } = deployment
    const before = await stored()
    const [password = ''] = passwords()
    await deployment.stop()
    deployment = await startDeployment({ seed: whole, home })
    expect(passwords()).toEqual([])
    expect(await stored()).toEqual(before)
    await expectItWorks(password)
    expect((await relyingParty(deployment.issuer, shop)).redirectUri).toBe(shop.redirectUri)
  })
})
