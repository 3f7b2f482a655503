import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { kim, own, post, service, startSubject } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { freePort } from '../support/free-port.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'

const PATIENCE = 10_000
let server: RunningServer
let managementPort: number
let party: RelyingParty

beforeAll(async () => {
  managementPort = await freePort()
  server = await startSubject({
    env: { MANAGEMENT_PORT: String(managementPort), LOG_LEVEL: 'debug', REFRESH_GRACE: '1' },
  })
  party = await relyingParty(server.issuer, own)
})
afterAll(() => server?.stop())

const onManagement = (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${managementPort}${path}`, init)

/** The present value of a series, such as `gatehouse_sign_ins_total{outcome="ok"}`. */
const value = async (series: string): Promise<number> => {
  const lines = (await (await onManagement('/metrics')).text()).split('\n')
  const line = lines.find((candidate) => candidate.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1))
}
/** How much a series grows by what is done; a request is counted when its answer is out. */
const grows = async (series: string, by: number, done: () => Promise<unknown>): Promise<void> => {
  const before = await value(series)
  await done()
  await vi.waitFor(async () => expect((await value(series)) - before).toBe(by), PATIENCE)
}

interface Line {
  level: string
  msg: string
  time: string
  requestId: string
  method: string
  route: string
  status: number
  ms: number
  address: string
}
const isJson = (line: string) => line.startsWith('{')
const lines = (): Line[] =>
  server
    .output()
    .trimEnd()
    .split('\n')
    .filter(isJson)
    .map((line) => JSON.parse(line))
/** Makes a request of its own and waits for its line, so that those of all before are there; resolves with its place. */
const mark = async (): Promise<number> => {
  const id = (await createAgent().get(`${server.issuer}/nowhere`)).text('dd')
  const place = () => lines().findIndex(({ requestId, msg }) => requestId === id && msg === 'request')
  await vi.waitFor(() => expect(place()).toBeGreaterThan(0), PATIENCE)
  return place()
}
/** The log lines of the requests that `done` makes. */
const requests = async (done: () => Promise<unknown>): Promise<Line[]> => {
  const before = await mark()
  await done()
  const after = await mark()
  return lines()
    .slice(before + 1, after)
    .filter(({ msg }) => msg === 'request')
}

const wrong = async () => {
  const agent = createAgent()
  const page = await agent.get((await party.leave()).url)
  await agent.submit(page, '#submit-login', { login: kim.login, password: 'a wrong one, quite surely' })
}
const refresh = (token: string) =>
  post(server, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, own)

it('shows metrics on the management port of this machine only, and nothing else there', async () => {
  const metrics = await onManagement('/metrics')
  expect(metrics.status).toBe(200)
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(await metrics.text()).toContain('process_resident_memory_bytes')
  expect((await fetch(`${server.issuer}/metrics`)).status).toBe(404)
  const others = [
    onManagement('/'),
    onManagement('/oauth2/jwks'),
    onManagement('/metrics', { method: 'POST' }),
  ]
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([404, 404, 404])
  await expect(fetch(`http://127.0.0.2:${managementPort}/metrics`)).rejects.toThrow()
})

it('has no metrics anywhere unless a management port is set', async () => {
  const plain = await startSubject()
  const { status } = await fetch(`${plain.issuer}/metrics`)
  await plain.stop()
  expect(status).toBe(404)
})

it.each([
  ['/livez', { status: 'live' }],
  ['/readyz', { status: 'ready', checks: { running: 'ok', store: 'ok' } }],
])('answers %s on both ports, for any Host', async (path, body) => {
  const agent = createAgent({ headers: { host: 'load-balancer.invalid' } })
  for (const port of [server.port, managementPort]) {
    const { status, html } = await agent.get(`http://127.0.0.1:${port}${path}`)
    expect([status, JSON.parse(html)]).toEqual([200, body])
  }
})

it('counts sign-ins by their outcome', async () => {
  await grows('gatehouse_sign_ins_total{outcome="ok"}', 1, () => party.signIn(createAgent(), kim))
  await grows('gatehouse_sign_ins_total{outcome="wrong"}', 1, wrong)
})

it('counts tokens by grant type, and no refused request', async () => {
  const issued = (grant: string) => `gatehouse_tokens_issued_total{grant_type="${grant}"}`
  const token = (secret: string) =>
    post(server, '/oauth2/token', { grant_type: 'client_credentials' }, { ...service, clientSecret: secret })
  await grows(issued('client_credentials'), 1, () => token(service.clientSecret))
  await grows(issued('client_credentials'), 0, () => token('a-wrong-secret'))
  await grows(issued('authorization_code'), 1, () => party.signIn(createAgent(), kim))
})

it('counts a refresh token that comes again as grace, and after the grace as theft', async () => {
  const { refresh_token: token = '' } = await party.signIn(createAgent(), kim)
  const first = await refresh(token)
  await grows('gatehouse_refresh_replays_total{kind="grace"}', 1, async () => {
    expect((await refresh(token)).body.refresh_token).toBe(first.body.refresh_token)
  })
  await grows('gatehouse_refresh_replays_total{kind="theft"}', 1, () =>
    vi.waitFor(async () => expect((await refresh(token)).status).toBe(400), PATIENCE),
  )
})

it('counts requests by the pattern of their route, and makes no series of what a request brings', async () => {
  const series = (route: string, method: string, status: number) =>
    `gatehouse_http_requests_total{route="${route}",method="${method}",status="${status}"}`
  await fetch(server.issuer)
  await vi.waitFor(async () => expect(await value(series('/', 'GET', 200))).toBeGreaterThan(0), PATIENCE)
  await fetch(`${server.issuer}/wild/path?token=whispered`, { method: 'PROPFIND' })
  await vi.waitFor(async () => expect(await value(series('other', 'other', 404))).toBe(1), PATIENCE)
  expect(await (await onManagement('/metrics')).text()).not.toMatch(/wild|whispered|PROPFIND/)
})

it('logs one JSON line for a request, with its id, method, route, status, time and address, and no more', async () => {
  const [line, ...more] = await requests(() => createAgent().get(`${server.issuer}/register?x=whispered`))
  expect(more).toEqual([])
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    pid: server.pid,
    hostname: expect.any(String),
    requestId: expect.stringMatching(/^[\w-]{8,}$/),
    method: 'GET',
    route: '/register',
    status: 200,
    ms: expect.any(Number),
    address: '127.0.0.1',
    msg: 'request',
  })
})

it('logs a request of a program that went well at debug, and one that was refused at info', async () => {
  const fields = { grant_type: 'client_credentials' }
  const [good] = await requests(() => post(server, '/oauth2/token', fields, service))
  expect(good).toMatchObject({ level: 'debug', method: 'POST', route: '/oauth2/token', status: 200 })
  const [bad] = await requests(() =>
    post(server, '/oauth2/token', fields, { ...service, clientSecret: 'wrong' }),
  )
  expect(bad).toMatchObject({ level: 'info', route: '/oauth2/token', status: 401 })
})

it('logs the id that an error page shows, with what was refused', async () => {
  const shown = (await createAgent().get(`${server.issuer}/nowhere`)).text('dd')
  await mark()
  expect(lines().filter(({ requestId }) => requestId === shown)).toMatchObject([
    { level: 'info', error: 'not_found', msg: 'a request was refused' },
    { level: 'info', route: 'other', status: 404, msg: 'request' },
  ])
})

it('logs routes as patterns and nothing that opens a door, through a whole sign-in', async () => {
  const agent = createAgent()
  const attempt = await party.leave()
  const secrets = [kim.password, own.clientSecret, attempt.state, attempt.codeVerifier, attempt.nonce]
  const seen = await requests(async () => {
    const callback = await party.callback(agent, kim, attempt)
    const tokens = await party.arrive(callback, attempt)
    secrets.push(
      new URL(callback).searchParams.get('code') ?? '',
      tokens.access_token,
      tokens.refresh_token ?? '',
    )
  })
  expect(seen.map(({ method, route }) => `${method} ${route}`)).toEqual([
    'GET /oauth2/authorize',
    'GET /interaction/:uid',
    'POST /interaction/:uid/sign-in',
    'GET /interaction/:uid',
    'GET /oauth2/authorize/:uid',
    'POST /oauth2/token',
  ])
  expect(new Set(seen.map(({ requestId }) => requestId)).size).toBe(6)
  secrets.push(...agent.cookies.all().map(({ value }) => value), 'whispered')
  expect(secrets.filter((secret) => server.output().includes(secret))).toEqual([])
})

it('does not log health, discovery and keys', async () => {
  const seen = await requests(async () => {
    for (const path of ['/livez', '/readyz', '/oauth2/jwks', '/.well-known/openid-configuration'])
      await fetch(server.issuer + path)
  })
  expect(seen).toEqual([])
})

it('prints nothing of the engine for developers, and nothing but JSON lines below the banner', () => {
  const output = server.output()
  expect(output).not.toMatch(/NOTICE|WARNING|oidc-provider/)
  const [, log = ''] = output.split('This is a development start')
  expect(
    log
      .split('\n')
      .slice(1)
      .filter((line) => line !== '' && !isJson(line)),
  ).toEqual([])
})
