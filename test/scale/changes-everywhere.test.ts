import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Foundation } from '../../src/build.ts'
import type { Account } from '../../src/domain/ports.ts'
import { type Calls, calls } from '../flows/calls.ts'
import { ledger, OPAQUE_API, seed, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import { passGate } from '../support/person.ts'
import { relyingParty, type Tokens } from '../support/relying-party.ts'
import { startServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'
import { alone, besideOf, settingsBeside } from './beside.ts'
import { forCrowds } from './settings.ts'

/** Milliseconds within which every process must have seen a change. */
const PROMISED = 1000
const PASSWORD = 'silver kite over the harbour'
const NEW_PASSWORD = 'copper lantern by the well'

/** Each way has clients and people of its own, who suffer the changes. */
const ways = ['told', 'untold'] as const
type Way = (typeof ways)[number]
const secret = (which: string) => createHash('sha256').update(which).digest('base64url')
const machine = (way: Way) => ({ clientId: `machine-${way}`, clientSecret: secret(`machine ${way}`) })
const web = (way: Way) => ({ clientId: `web-${way}`, redirectUri: `https://${way}.example/old` })
const person = (name: string, way: Way) => ({ login: `${name}-${way}@example.com`, password: PASSWORD })
const PEOPLE = ['disabled', 'changed', 'deleted', 'reader']

const forWay = (way: Way) => ({
  clients: [
    {
      client_id: machine(way).clientId,
      client_secret: machine(way).clientSecret,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      may_introspect: true,
    },
    {
      client_id: web(way).clientId,
      token_endpoint_auth_method: 'none',
      redirect_uris: [web(way).redirectUri],
      grant_types: ['authorization_code'],
    },
  ],
  roles: [{ name: `reader-${way}`, permissions: { [OPAQUE_API]: ['ledger:read'] } }],
  accounts: PEOPLE.map((name) => ({
    email: person(name, way).login,
    password: PASSWORD,
    roles: name === 'reader' ? [`reader-${way}`] : [],
  })),
})
const [told, untold] = [forWay('told'), forWay('untold')]
const subject = {
  resources: seed.resources,
  roles: [...seed.roles, ...told.roles, ...untold.roles],
  clients: [...seed.clients, ...told.clients, ...untold.clients],
  accounts: [...seed.accounts, ...told.accounts, ...untold.accounts],
}

let deployment: Deployment
/** Settings of a writer whose messages reach nobody: only what it wrote to MongoDB tells of the change. */
let unheard: Record<string, string>

/** What each process answers. */
const everywhere = <Answer>(
  ask: (calls: Calls, process: { issuer: string }) => Promise<Answer>,
): Promise<Answer[]> =>
  Promise.all(deployment.processes.map((process) => ask(calls(alone(process)), alone(process))))

const all = <Answer>(answer: Answer): Answer[] => deployment.processes.map(() => answer)

const change = async <Result>(
  way: Way,
  work: (foundation: Foundation) => Promise<Result>,
): Promise<Result> => {
  const result = await besideOf(
    deployment,
    async (foundation) => {
      const result = await work(foundation)
      await sleep(PROMISED)
      return result
    },
    way === 'told' ? {} : unheard,
  )
  return result
}

const changeAccount = (
  way: Way,
  name: string,
  work: (foundation: Foundation, account: Account) => Promise<unknown>,
): Promise<void> =>
  change(way, async (foundation) => {
    const account = await foundation.accounts.findByEmail(person(name, way).login)
    if (!account) throw new Error(`no account of ${name}`)
    await work(foundation, account)
  })

const machineGets = (way: Way, clientSecret: string) =>
  everywhere(async (ask) => {
    const { clientId } = machine(way)
    const { status } = await ask.token({ clientId, clientSecret }, { grant_type: 'client_credentials' })
    return status
  })

const authorizationWith = (way: Way, redirectUri: string) =>
  everywhere(async (_, { issuer }) => {
    const query = new URLSearchParams({
      client_id: web(way).clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      code_challenge: secret('challenge'),
      code_challenge_method: 'S256',
    })
    return (await fetch(`${issuer}/oauth2/authorize?${query}`, { redirect: 'manual' })).status
  })

const signIn = async (name: string, way: Way, parameters: Record<string, string> = {}): Promise<Tokens> =>
  (await relyingParty(deployment.issuer, shop)).signIn(createAgent(), person(name, way), parameters)

const isActive = ({ access_token }: Tokens) => everywhere((ask) => ask.isActive(shop, access_token))
const userinfo = ({ access_token }: Tokens) =>
  everywhere(async (_, { issuer }) => {
    const headers = { authorization: `Bearer ${access_token}` }
    return (await fetch(`${issuer}/oauth2/userinfo`, { headers })).status
  })

/** Whether this password lets the person in, through each process in turn. */
const letsIn = async (login: string, password: string): Promise<boolean[]> => {
  const party = await relyingParty(deployment.issuer, shop)
  const outcomes: boolean[] = []
  for (const _ of deployment.processes) {
    const agent = createAgent()
    const { url } = await party.leave()
    const page = await passGate(
      agent,
      await agent.get(url),
      { login, password },
      { stopAt: shop.redirectUri },
    )
    outcomes.push(page.location?.includes('code=') ?? false)
  }
  return outcomes
}

const kids = (): Promise<string[][]> =>
  everywhere(async (_, { issuer }) => {
    const jwks: { keys: { kid: string }[] } = JSON.parse(await (await fetch(`${issuer}/oauth2/jwks`)).text())
    return jwks.keys.map(({ kid }) => kid)
  })

const command = async (way: Way, ...args: string[]): Promise<void> => {
  const env = { ...settingsBeside(deployment), ...(way === 'told' ? {} : unheard) }
  expect(await gatehouse(deployment, args, { env })).toMatchObject({ code: 0, err: '' })
  await sleep(PROMISED)
}

describe.skipIf(!services())('a change is seen by every process within a second', () => {
  beforeAll(async () => {
    deployment = await startDeployment({ seed: subject, env: forCrowds })
    unheard = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` }
  })
  afterAll(() => deployment?.stop())

  describe.each([
    { way: 'told', how: 'told by a message' },
    { way: 'untold', how: 'when the message is lost' },
  ] as const)('$how', ({ way }) => {
    it('a new secret of a client, and its removal', async () => {
      const { clientId, clientSecret } = machine(way)
      const next = secret(`another ${way}`)
      expect(await machineGets(way, clientSecret)).toEqual(all(200))
      await change(way, ({ clients }) =>
        clients.merge({ client_id: clientId, client_secret: next }, { demo: false }),
      )
      expect(await machineGets(way, next)).toEqual(all(200))
      expect(await machineGets(way, clientSecret)).toEqual(all(401))
      await change(way, ({ clients }) => clients.remove(clientId))
      expect(await machineGets(way, next)).toEqual(all(401))
    })

    it('another redirect URI of a client', async () => {
      const { clientId, redirectUri } = web(way)
      const next = `https://${way}.example/new`
      expect(await authorizationWith(way, redirectUri)).toEqual(all(303))
      await change(way, ({ clients }) =>
        clients.merge({ client_id: clientId, redirect_uris: [next] }, { demo: false }),
      )
      expect(await authorizationWith(way, next)).toEqual(all(303))
      expect(await authorizationWith(way, redirectUri)).toEqual(all(400))
    })

    it('a permission taken from a role, and given back', async () => {
      const tokens = await signIn('reader', way, { scope: 'openid ledger:read', resource: OPAQUE_API })
      const scopes = () =>
        everywhere(async (ask) => (await ask.introspect(ledger, tokens.access_token)).body.scope ?? '')
      const permit = (permissions: string[]) =>
        change(way, ({ access }) =>
          access.change(({ resources, roles }) => ({
            resources,
            roles: roles.map((role) =>
              role.name === `reader-${way}` ? { ...role, permissions: { [OPAQUE_API]: permissions } } : role,
            ),
          })),
        )
      expect(await scopes()).toEqual(all('ledger:read'))
      await permit([])
      expect(await scopes()).toEqual(all(''))
      await permit(['ledger:read'])
      expect(await scopes()).toEqual(all('ledger:read'))
    })

    it('an account that is disabled', async () => {
      const tokens = await signIn('disabled', way)
      expect([await isActive(tokens), await userinfo(tokens)]).toEqual([all(true), all(200)])
      await changeAccount(way, 'disabled', ({ accounts }, { sub }) => accounts.disable(sub))
      expect([await isActive(tokens), await userinfo(tokens)]).toEqual([all(false), all(401)])
      expect(await letsIn(person('disabled', way).login, PASSWORD)).toEqual(all(false))
    })

    it('a password that is changed', async () => {
      const tokens = await signIn('changed', way)
      expect(await isActive(tokens)).toEqual(all(true))
      await changeAccount(way, 'changed', ({ accounts }, { sub }) => accounts.setPassword(sub, NEW_PASSWORD))
      expect([await isActive(tokens), await userinfo(tokens)]).toEqual([all(false), all(401)])
      const { login } = person('changed', way)
      expect(await letsIn(login, PASSWORD)).toEqual(all(false))
      expect(await letsIn(login, NEW_PASSWORD)).toEqual(all(true))
    })

    it('an account that is deleted', async () => {
      const tokens = await signIn('deleted', way)
      expect(await userinfo(tokens)).toEqual(all(200))
      await changeAccount(way, 'deleted', ({ store }, { sub }) => store.accounts.remove(sub))
      expect([await isActive(tokens), await userinfo(tokens)]).toEqual([all(false), all(401)])
      expect(await letsIn(person('deleted', way).login, PASSWORD)).toEqual(all(false))
    })

    it('R-18 signing keys that a command rotates and withdraws', async () => {
      const [before = []] = await kids()
      expect(await kids()).toEqual(all(before))
      await command(way, 'keys', 'rotate', '--force')
      const [after = []] = await kids()
      expect(await kids()).toEqual(all(after))
      expect(after).toHaveLength(before.length + 2)
      const [former = ''] = before
      expect(after[0]).not.toBe(former)
      await command(way, 'keys', 'withdraw', former)
      expect(await kids()).toEqual(all(after.filter((kid) => kid !== former)))
    })
  })

  it('what a process with a newer seed brings along', async () => {
    const party = { clientId: 'late', clientSecret: secret('late') }
    const newer = {
      ...subject,
      clients: [
        ...seed.clients,
        {
          client_id: party.clientId,
          client_secret: party.clientSecret,
          redirect_uris: [],
          grant_types: ['client_credentials'],
        },
      ],
      accounts: [],
    }
    const statuses = () =>
      everywhere(async (ask) => (await ask.token(party, { grant_type: 'client_credentials' })).status)
    expect(await statuses()).toEqual(all(401))
    const place = { home: deployment.home, port: await freePort() }
    const env = { ...settingsBeside({ ...deployment, ...place }), ...forCrowds }
    const late = await startServer({ ...place, seed: newer, env })
    await sleep(PROMISED)
    expect(await statuses()).toEqual(all(200))
    expect(await late.stop()).toBe(0)
  })
})
