import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { post } from '../flows/subject.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { passGate } from '../support/person.ts'
import { type RunningServer, type ServerOptions, startServer } from '../support/server.ts'

const ISSUER = 'https://id.example'
const env = { ISSUER, NODE_ENV: 'production', TRUST_PROXY: '1', HOST: '127.0.0.1' }
const admin = { login: 'root@id.example', password: 'granite stairs behind the mill' }
const bootstrap = { BOOTSTRAP_ADMIN_EMAIL: admin.login, BOOTSTRAP_ADMIN_PASSWORD: admin.password }
const desk = {
  clientId: 'desk',
  clientSecret: 'k3Qz7VbN5xWm9RtY2pLs8JdF6hGc4TaE',
  redirectUri: 'https://desk.example/cb',
}
const seed = {
  clients: [
    { client_id: desk.clientId, client_secret: desk.clientSecret, redirect_uris: [desk.redirectUri] },
  ],
}

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ env: { ...env, ...bootstrap }, seed })
})
afterAll(() => server?.stop())

/** How the proxy in front of a server reaches it. */
const inside = ({ port }: Pick<RunningServer, 'port'>) => ({ issuer: `http://127.0.0.1:${port}` })

/** What a start says, and what it answers a demo client, before it is stopped again. */
const startOnce = async (options: ServerOptions) => {
  const once = await startServer({ ...options, env: { ...env, ...options.env } })
  const demo = { clientId: 'demo-service', clientSecret: 'demo-service-secret' }
  const fields = { grant_type: 'client_credentials' }
  const token = await post(inside(once), '/oauth2/token', fields, demo)
  const playground = await fetch(`${inside(once).issuer}/playground`)
  await once.stop()
  const lines = once.output().trimEnd().split('\n')
  return { home: once.home, lines, demo: token.body.error, playground: playground.status }
}
const HOW_TO_MAKE_ONE = 'there is no administrator; make one with: gatehouse account create --role admin'
const messages = (lines: string[]): string[] => lines.map((line) => JSON.parse(line).msg)

/** Follows redirects to the issuer, which is reached through a proxy that is not there. */
const followed = async (agent: Agent, page: Page): Promise<Page> => {
  const { location } = page
  if (!location?.startsWith(ISSUER)) return page
  const next = await agent.get(location.replace(ISSUER, inside(server).issuer), { stopAt: 'https:' })
  return followed(agent, next)
}
const visit = async (agent: Agent): Promise<Page> => {
  const query = new URLSearchParams({
    client_id: desk.clientId,
    redirect_uri: desk.redirectUri,
    response_type: 'code',
    scope: 'openid roles',
    // RFC 7636, appendix B.
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return agent.get(`${inside(server).issuer}/oauth2/authorize?${query}`)
}
const signIn = async (agent: Agent): Promise<string> => {
  const stop = { stopAt: 'https:' }
  let page = await followed(agent, await passGate(agent, await visit(agent), admin, stop))
  page = await followed(agent, await passGate(agent, page, admin, stop))
  const fields = {
    grant_type: 'authorization_code',
    code: new URL(page.location ?? '').searchParams.get('code') ?? '',
    redirect_uri: desk.redirectUri,
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  }
  const { body } = await post(inside(server), '/oauth2/token', fields, desk)
  return String(body.id_token)
}

it('starts without demo clients, playground, banner or printed secret, and tells how to make an administrator', async () => {
  const start = await startOnce({})
  expect(start).toMatchObject({ demo: 'invalid_client', playground: 404 })
  expect(messages(start.lines)).toEqual(expect.arrayContaining([HOW_TO_MAKE_ONE, 'ready']))
  const secrets = ['sealing.key', 'cookie.key'].map((file) =>
    readFileSync(join(start.home, 'keys', file), 'utf8').trim(),
  )
  for (const secret of secrets) expect(start.lines.join('\n')).not.toContain(secret)
})

it('is content with an administrator that the command made before the first start', async () => {
  const home = (await startOnce({})).home
  const args = ['account', 'create', '--email', 'ann@id.example', '--role', 'admin']
  const made = await gatehouse({ home, port: 3000 }, args, { env })
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(messages((await startOnce({ home })).lines)).not.toContain(HOW_TO_MAKE_ONE)
})

it('takes the demo clients away from data that a development start made', async () => {
  const development = await startServer()
  await development.stop()
  const start = await startOnce({ home: development.home })
  expect(start).toMatchObject({ demo: 'invalid_client', playground: 404 })
  expect(messages(start.lines)).toContain('demo clients of a development start were removed')
})

it('makes the administrator that the settings name, once, and prints no password', async () => {
  expect(decodeJwt(await signIn(createAgent()))).toMatchObject({ iss: ISSUER, roles: ['admin'] })
  expect(server.output()).not.toContain(admin.password)
  expect(messages(server.output().trimEnd().split('\n'))).not.toContain(HOW_TO_MAKE_ONE)
})

it('refuses to make an administrator with a password that the policy refuses', async () => {
  const weak = { ...bootstrap, BOOTSTRAP_ADMIN_PASSWORD: 'seven otters' }
  await expect(startServer({ env: { ...env, ...weak } })).rejects.toThrow(
    'BOOTSTRAP_ADMIN_PASSWORD: the policy refuses it',
  )
})

it('X-29 sets Secure cookies and a session cookie of this host only, although TLS ends before it', async () => {
  const agent = createAgent()
  await signIn(agent)
  const cookies = agent.cookies.all()
  expect(cookies.length).toBeGreaterThan(0)
  for (const { name, attributes } of cookies)
    expect({ name, attributes }).toMatchObject({
      attributes: { secure: '', httponly: '', samesite: expect.stringMatching(/^lax$/i) },
    })
  const session = agent.cookies.find('__Host-gatehouse_session')
  expect(session?.path).toBe('/')
  expect(session?.attributes).not.toHaveProperty('domain')
})

it('X-27 names the issuer everywhere, whatever Host and scheme a request claims, and promises HSTS', async () => {
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
  const agent = createAgent({ headers })
  const document = await agent.get(`${inside(server).issuer}/.well-known/openid-configuration`)
  expect(JSON.parse(document.html)).toMatchObject({
    issuer: ISSUER,
    token_endpoint: `${ISSUER}/oauth2/token`,
  })
  const page = await visit(agent)
  expect(page.headers['strict-transport-security']).toMatch(/^max-age=\d{8}/)
  expect(page.html).not.toContain('evil.example')
})

it('takes the address from the proxy that it trusts, and not what the client put before it', async () => {
  await createAgent({ headers: { 'x-forwarded-for': '192.0.2.66, 198.51.100.7' } }).get(
    `${inside(server).issuer}/`,
  )
  await vi.waitFor(() => {
    const lines = server
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const seen = lines.filter(({ route }) => route === '/')
    expect(seen).toMatchObject([{ address: '198.51.100.7', status: 200 }])
  }, 10_000)
})
