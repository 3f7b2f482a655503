import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthClient, authClient } from '../../examples/first-party-service/auth-client.ts'
import { SignedOut, signedIn, Unavailable } from '../../examples/first-party-service/signed-in.ts'
import { authApiTypes } from '../../scripts/auth-client-types.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const PASSWORD = 'amber lantern on the quay'
const examples = new URL('../../examples/first-party-service/', import.meta.url)

let server: RunningServer
let beside: Beside
let running: Example[] = []
let app = ''
let auth: AuthClient

/** The seed of the example, for the port of this test. */
const seedFor = (issuer: string): object =>
  JSON.parse(readFileSync(new URL('seed.json', examples), 'utf8').replaceAll('http://localhost:3000', issuer))

beforeAll(async () => {
  const [port, appPort, apiPort] = [await freePort(), await freePort(), await freePort()]
  const issuer = `http://localhost:${port}`
  app = `http://localhost:${appPort}`
  const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', TTL_ACCESS_TOKEN: '2', TRUST_PROXY: '1' }
  server = await startServer({ home: newHome(), port, env, seed: seedFor(issuer) })
  beside = await openBeside(server)
  auth = authClient(issuer)
  running = await Promise.all([
    startExample('resource-server', { PORT: String(apiPort), ISSUER: issuer, RESOURCE: `${issuer}/api` }),
    startExample('first-party-service', {
      PORT: String(appPort),
      ISSUER: issuer,
      ORDERS_API: `http://localhost:${apiPort}/api`,
    }),
  ])
})
afterAll(async () => {
  await beside?.close()
  await Promise.all(running.map((example) => example.stop()))
  await server?.stop()
})

/** A person's program, with their cookie. */
const visitor = () => {
  let cookie = ''
  return async (call: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const [method = '', path = ''] = call.split(' ')
    const answer = await fetch(app + path, {
      method,
      headers: {
        cookie,
        'user-agent': 'visitor',
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
    })
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

describe('the service', () => {
  it('registers, signs in, calls an API, renews its token, and signs out for its people', async () => {
    const call = visitor()
    const person = { email: 'new@example.com', password: PASSWORD }
    expect(await call('POST /join', { ...person, name: 'New' })).toEqual({
      status: 201,
      body: { email: person.email },
    })
    expect(await call('GET /orders')).toMatchObject({ status: 401 })
    expect(await call('POST /sign-in', person)).toMatchObject({ status: 200 })
    const orders = { status: 200, body: [{ id: 1042, item: 'Brass lantern' }] }
    expect(await call('GET /orders')).toEqual(orders)
    await sleep(2_100)
    expect(await call('GET /orders')).toEqual(orders)
    expect(await call('POST /sign-out')).toMatchObject({ status: 204 })
    expect(await call('GET /orders')).toMatchObject({ status: 401, body: { error: 'sign_in_first' } })
  })

  it('tells what Gatehouse refuses', async () => {
    const call = visitor()
    const refused = await call('POST /join', { email: 'no address', password: 'short' })
    expect(refused).toMatchObject({ status: 422, body: { error: 'invalid_fields' } })
    const wrong = await call('POST /sign-in', { email: 'nobody@example.com', password: PASSWORD })
    expect(wrong).toEqual({ status: 401, body: { error: 'wrong_credentials' } })
  })

  it('asks for a second factor where there is one', async () => {
    const person = await beside.newcomer()
    const { app: authenticator } = await beside.giveApp(person.login)
    const call = visitor()
    const asked = await call('POST /sign-in', { email: person.login, password: person.password })
    expect(asked).toEqual({
      status: 401,
      body: { error: 'mfa_required', methods: ['totp', 'recovery_code'] },
    })
    expect(await call('GET /orders')).toMatchObject({ status: 401 })
    expect(await call('POST /sign-in/code', { code: '000000' })).toMatchObject({
      body: { error: 'wrong_code' },
    })
    expect(await call('POST /sign-in/code', { code: authenticator.code() })).toMatchObject({ status: 200 })
    expect(await visitor()('POST /sign-in/code', { code: '000000' })).toMatchObject({ status: 401 })
  })

  it('notices a sign-in that was ended elsewhere', async () => {
    const person = await beside.newcomer()
    const call = visitor()
    await call('POST /sign-in', { email: person.login, password: person.password })
    await beside.disable(person.login)
    await sleep(2_100)
    expect(await call('GET /orders')).toEqual({ status: 401, body: { error: 'sign_in_first' } })
  })

  it('takes no form of another site', async () => {
    const answer = await fetch(`${app}/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'x' }),
    })
    expect(answer.status).toBe(400)
  })
})

describe('the client', () => {
  it('has the types of the document that is served now (else: node scripts/auth-client-types.ts <server>)', async () => {
    const document = await (await fetch(`${server.issuer}/auth/openapi.json`)).text()
    const file = readFileSync(new URL('auth-api.ts', examples), 'utf8')
    expect(file).toBe(authApiTypes(JSON.parse(document)))
  })

  it('tells Gatehouse for whom it calls', async () => {
    const person = await beside.newcomer()
    const who = {
      address: '203.0.113.9',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    }
    const body = { email: person.login, password: person.password }
    const tokens = await auth('login', { body, person: who })
    if (tokens.kind !== 'ok') throw new Error('not signed in')
    const list = await auth('sessions', { token: tokens.body.access_token, person: who })
    expect(list).toMatchObject({ body: { sessions: [{ address: who.address, device_kind: 'computer' }] } })
  })
})

describe('tokens of a person', () => {
  const tokens = (n: number, expires_in = 600) => ({
    access_token: `access-${n}`,
    refresh_token: `refresh-${n}`,
    token_type: 'Bearer' as const,
    expires_in,
    scope: '',
  })
  const person = { address: '203.0.113.9', userAgent: 'test' }
  let api: Server
  let url = ''
  let good = 'access-2'
  beforeAll(async () => {
    api = createServer(({ headers }, response) => {
      response.writeHead(headers.authorization === `Bearer ${good}` ? 200 : 401).end()
    })
    const port = await freePort()
    await new Promise<void>((resolve) => void api.listen(port, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${port}/`
  })
  afterAll(() => void api.close())

  /** A stand-in for Gatehouse that answers refreshes in turn. */
  const gate = async (answers: (readonly [number, object, Record<string, string>?])[]) => {
    const asked: unknown[] = []
    const stand = createServer(async (request, response) => {
      asked.push(JSON.parse((await request.toArray()).join('')))
      const [status, body, headers = {}] = answers[Math.min(asked.length, answers.length) - 1] ?? [500, {}]
      response.writeHead(status, headers).end(JSON.stringify(body))
    })
    const port = await freePort()
    await new Promise<void>((resolve) => void stand.listen(port, '127.0.0.1', resolve))
    return { auth: authClient(`http://127.0.0.1:${port}`), asked, close: () => void stand.close() }
  }
  const busy = [503, { code: 'busy', status: 503 }, { 'retry-after': '1' }] as const

  it('are renewed once, however many calls find the old one over', async () => {
    const { auth: client, asked, close } = await gate([[200, tokens(2)]])
    const who = signedIn(client, tokens(1), person)
    const answers = await Promise.all(Array.from({ length: 20 }, () => who.fetch(url)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(asked).toEqual([{ refresh_token: 'refresh-1' }])
    close()
  })

  it('are renewed before they end', async () => {
    const { auth: client, asked, close } = await gate([[200, tokens(2)]])
    const who = signedIn(client, tokens(1, 0), person)
    expect((await who.fetch(url)).status).toBe(200)
    expect(asked).toHaveLength(1)
    close()
  })

  it('wait as long as Retry-After says, and ask again with the same refresh token', async () => {
    const { auth: client, asked, close } = await gate([busy, [200, tokens(2)]])
    const started = performance.now()
    expect((await signedIn(client, tokens(1), person).fetch(url)).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
    expect(asked).toEqual([{ refresh_token: 'refresh-1' }, { refresh_token: 'refresh-1' }])
    close()
  })

  it('let nobody wait for long', async () => {
    const { auth: client, asked, close } = await gate([[503, { code: 'busy' }, { 'retry-after': '30' }]])
    await expect(signedIn(client, tokens(1), person).fetch(url)).rejects.toThrow(Unavailable)
    expect(asked).toHaveLength(1)
    close()
  })

  it('are over when Gatehouse says so, and a call that is refused with new ones is refused', async () => {
    const over = await gate([[401, { code: 'invalid_token' }]])
    await expect(signedIn(over.auth, tokens(1), person).fetch(url)).rejects.toThrow(SignedOut)
    over.close()
    good = 'another'
    const { auth: client, asked, close } = await gate([[200, tokens(2)]])
    expect((await signedIn(client, tokens(1), person).fetch(url)).status).toBe(401)
    expect(asked).toHaveLength(1)
    close()
  })
})
