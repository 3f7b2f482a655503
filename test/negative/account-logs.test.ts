import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { atConsole } from '../flows/at-console.ts'
import { app } from '../flows/factors-beside.ts'
import { codesOn, type Gate, gateOf, secretOf } from '../flows/gate.ts'
import { bearer, restCalls } from '../flows/rest-calls.ts'
import { startSubject } from '../flows/subject.ts'
import { softwareAuthenticator } from '../support/authenticator.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { freePort } from '../support/free-port.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { RunningServer } from '../support/server.ts'
import { csrfOn } from './attacker.ts'

const ESCAPES = '\u001b[31mred\u001b[0m\u0007'
const EMAIL = 'canary.kim@example.com'
const OTHER = 'canary.new@example.com'

let server: RunningServer
let mails: MailFiles
let gate: Gate
let metrics: string
/** What no log may ever hold, by what it is. */
const canaries = new Map<string, string>()
const rest = restCalls(() => server)

const plant = (what: string, value: unknown = `canary-of-${what.replaceAll(' ', '-')}`): string => {
  const text = String(value)
  if (text.length < 10) throw new Error(`${what} is too short to be looked for: ${text}`)
  canaries.set(what, text)
  return text
}

beforeAll(async () => {
  const management = await freePort()
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      LOG_LEVEL: 'trace',
      MANAGEMENT_PORT: String(management),
      LIMIT_MAIL_ACCOUNT: '100',
    },
  })
  mails = mailFiles(server)
  gate = await gateOf(server)
  await lifeOfAnAccount()
  await whatIsTyped()
  metrics = await (await fetch(`http://127.0.0.1:${management}/metrics`)).text()
  await server.stop()
})
afterAll(() => server?.stop())

const tokenFor = async (what: string, to: string, subject: RegExp): Promise<string> =>
  plant(what, new URL(linkIn(await mails.next({ to, subject }))).searchParams.get('token'))

const send = (agent: Agent, path: string, fields: Record<string, string>): Promise<Page> => {
  const headers = { origin: server.issuer, 'sec-fetch-site': 'same-origin' }
  return agent.post(server.issuer + path, fields, { headers })
}

/** Everything that a person does with an account, on pages and over REST. */
const lifeOfAnAccount = async (): Promise<void> => {
  const agent = createAgent()
  const password = plant('password', 'canary otters over the weir')
  await rest.post('/auth/register', { email: EMAIL, password, name: 'Canary Kim' })
  const token = await tokenFor('token of a proof', EMAIL, /./)
  await agent.submit(await agent.get(`${server.issuer}/verify?token=${token}`), '#submit-verify', {
    password,
  })
  const tokens = (await rest.login({ login: EMAIL, password })).body
  for (const name of ['access_token', 'refresh_token']) plant(name, tokens[name])
  const next = plant('next password', 'canary kettle over the hill')
  const changed = await rest.post(
    '/auth/password/change',
    { current_password: password, password: next },
    bearer(tokens.access_token),
  )
  plant('tokens after a change', changed.body.refresh_token)
  await rest.post('/auth/password/forgot', { email: EMAIL })
  const reset = await tokenFor('token of a reset', EMAIL, /Set a new password/)
  const last = plant('last password', 'canary harbour at nightfall')
  await agent.get(`${server.issuer}/reset?token=${reset}`)
  await rest.post('/auth/password/reset', { token: reset, password: last, email: EMAIL })
  await atTheConsole(agent, last)
}

const atTheConsole = async (agent: Agent, password: string): Promise<void> => {
  const person = { login: EMAIL, password }
  const email = await atConsole(server, person, { agent, path: '/account/email' })
  plant('token of the console', csrfOn(email.page))
  await agent.submit(email.page, '#submit-email', { email: OTHER })
  await agent.get(
    `${server.issuer}/account/address?token=${await tokenFor('token of an address', OTHER, /./)}`,
  )
  const setup = await agent.get(`${server.issuer}/account/security/app`)
  const phone = app(plant('secret of the app', secretOf(setup)))
  const codes = codesOn(await agent.submit(setup, '#submit-code', { code: phone.code() }))
  for (const [index, code] of codes.entries()) plant(`recovery code ${index}`, code)
  const second = await agent.get(`${server.issuer}/account/leave`)
  await agent.submit(second, '#submit-code', { code: phone.code() })
  await withPasskey(agent)
  const { body } = await rest.login(person)
  const challenge = plant('challenge', body.challenge)
  await rest.post('/auth/login/mfa', { challenge, code: plant('wrong recovery code', 'CANA-RYCA-NARY') })
  const done = await rest.post('/auth/login/mfa', { challenge, code: codes[0] })
  plant('tokens of two factors', done.body.refresh_token)
  for (const { name, value } of agent.cookies.all()) if (value.length > 20) plant(`cookie ${name}`, value)
  const leave = await agent.get(`${server.issuer}/account/leave`)
  await agent.submit(leave, '#submit-leave', { confirm: EMAIL })
  await createAgent().get(
    `${server.issuer}/account/restore?token=${await tokenFor('token of a deletion', EMAIL, /delet/i)}`,
  )
}

const withPasskey = async (agent: Agent): Promise<void> => {
  const path = '/account/security/passkey'
  const csrf = csrfOn(await agent.get(server.issuer + path))
  const options = JSON.parse((await send(agent, `${path}/options`, { csrf })).html)
  plant('challenge of a passkey', options.challenge)
  const device = softwareAuthenticator({ origin: server.issuer, counter: 0 })
  const created = device.create(options)
  await send(agent, path, { csrf, response: JSON.stringify(created), name: `x\r\nx${ESCAPES}` })
  const other = createAgent()
  const { page } = await gate.open(other)
  plant('interaction', page.url.replace(/.*interaction\//, '').replace(/[/?].*/, ''))
  const asked = JSON.parse((await gate.post(other, page, 'passkey/options', {})).html)
  await gate.post(other, page, 'passkey', { response: JSON.stringify(device.get(asked)) })
}

/** What somebody types, or sends, where it does not belong. */
const whatIsTyped = async (): Promise<void> => {
  const stray = plant('stray secret')
  for (const path of ['/reset', '/verify', '/register/confirm', '/account/address', '/account/restore'])
    await createAgent().get(`${server.issuer}${path}?token=${stray}&${stray}=x`)
  for (const path of ['/auth/me', '/auth/openapi.json'])
    await createAgent().get(`${server.issuer}${path}?access_token=${stray}`)
  await createAgent().get(`${server.issuer}/account/activity?x=${plant('page to come back to')}`)
  const agent = createAgent({
    headers: { 'user-agent': `${stray}${'x'.repeat(10_000)}`, referer: `https://x/?t=${stray}` },
  })
  const recover = await agent.get(`${server.issuer}/recover`)
  await agent.submit(recover, '#submit-recover', { email: `${stray}${ESCAPES}` })
  await agent.submit(recover, '#submit-recover', { email: `${stray}@example.com` })
  await gate.signIn(agent, { login: stray, password: stray }).catch(() => undefined)
  for (const [path, body] of [
    ['/auth/login', { email: stray, password: stray }],
    ['/auth/login', { email: `x\r\n${stray}${ESCAPES}`, password: [stray] }],
    ['/auth/register', { email: stray, password: stray, name: `${stray}${ESCAPES}` }],
    ['/auth/refresh', { refresh_token: stray }],
    ['/auth/login/mfa', { challenge: stray, code: stray }],
    ['/auth/password/forgot', { email: `${stray}@example.com` }],
    ['/auth/password/reset', { token: stray, password: stray }],
    ['/auth/email/verify', { token: stray, password: stray }],
    [`/auth/${stray}`, { [stray]: stray }],
  ] as const)
    await rest.post(path, { ...body }, { 'user-agent': `${stray} program`, 'x-request-id': stray })
  await rest.me(stray)
  await fetch(`${server.issuer}/auth/sessions/${stray}`, { method: 'DELETE', headers: bearer(stray) })
}

it('X-40, N-37 no password, token, code, key, challenge, cookie or link of an account is in the log', () => {
  expect(canaries.size).toBeGreaterThan(30)
  const output = server.output()
  expect(output.split('\n').length).toBeGreaterThan(100)
  const found = [...canaries].filter(
    ([, value]) => output.includes(value) || output.includes(encodeURIComponent(value)),
  )
  expect(found).toEqual([])
  expect(output).not.toContain('token=')
})

it('X-40 nobody’s address is in the log, nor in the metrics any of it', () => {
  for (const address of [EMAIL, OTHER]) expect(server.output()).not.toContain(address)
  expect([...canaries].filter(([, value]) => metrics.includes(value))).toEqual([])
  expect(metrics).not.toContain('canary')
})

it('X-40 what is typed breaks no line, and no name of a file of a letter', () => {
  for (const line of server
    .output()
    .split('\n')
    .filter((one) => one.startsWith('{')))
    expect(JSON.parse(line)).toHaveProperty('level')
  expect(server.output()).not.toMatch(/(?!\n)\p{Cc}/u)
  const names = readdirSync(join(server.home, 'data', 'mail'))
  expect(names.length).toBeGreaterThan(8)
  for (const name of names) {
    expect(name).toMatch(/^[\w.-]+\.eml$/)
    expect([...canaries.values()].filter((value) => name.includes(value))).toEqual([])
  }
})

it('X-40, N-33 nothing that opens an account rests in clear in the store', () => {
  const folder = join(server.home, 'data')
  const content = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
  expect(content).toContain(EMAIL)
  const needed = ['interaction', 'page to come back to']
  const found = [...canaries].filter(([what, value]) => !needed.includes(what) && content.includes(value))
  expect(found.map(([what]) => what)).toEqual([])
})
