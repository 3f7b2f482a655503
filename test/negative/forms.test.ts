import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kim, shop, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import { freePort } from '../support/free-port.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest } from './attacker.ts'

/** Runs inside the server: at SIGUSR2 it prints what every object inherits. */
const WATCH = `process.on('SIGUSR2', () => {
  const names = []
  for (const name in {}) names.push(name)
  console.log('inherited: ' + JSON.stringify(names))
})`

let server: RunningServer
let evil: Attacker
let management: number

beforeAll(async () => {
  management = await freePort()
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(WATCH)}`
  server = await startSubject({ env: { NODE_OPTIONS, MANAGEMENT_PORT: String(management) } })
  evil = attacker(server)
})
afterAll(() => server?.stop())

/** Nothing happened: the interaction still asks who is there. */
const expectUntouched = async (agent: Agent, page: Page): Promise<void> => {
  expect((await agent.get(page.url)).has('#submit-login')).toBe(true)
  expect(agent.cookies.find('gatehouse_session')).toBeUndefined()
}

const signInsCounted = async (): Promise<string[]> => {
  const text = await (await fetch(`http://127.0.0.1:${management}/metrics`)).text()
  return text.split('\n').filter((line) => line.startsWith('gatehouse_sign_ins_total'))
}

const LOGIN = `login=${encodeURIComponent(kim.login)}`
const PASSWORD = `password=${encodeURIComponent(kim.password)}`
/** Each of them would give every object a member `x` where fields are nested or merged. */
const POLLUTING =
  '__proto__[x]=1&__proto__.x=1&__proto__=1&constructor[prototype][x]=1&constructor.prototype.x=1'

it.each([
  ['an operator for the name', `login[$ne]=&${PASSWORD}`, 400],
  ['an operator for the password', `${LOGIN}&password[$gt]=`, 400],
  ['operators for both', 'login[$regex]=.*&password[$ne]=x', 400],
  ['a list of names', `login[]=a&login[]=b&${PASSWORD}`, 400],
  ['two names', `${LOGIN}&login=lou%40example.com&${PASSWORD}`, 400],
  ['two passwords', `${LOGIN}&password=wrong&${PASSWORD}`, 400],
  ['operators as text', 'login=%7B%22%24ne%22%3Anull%7D&password=%7B%22%24gt%22%3A%22%22%7D', 422],
  ['members of every object beside it', `${LOGIN}&password=wrong&${POLLUTING}`, 422],
  ['a prototype with the fields', '__proto__[login]=a&__proto__[password]=b', 400],
])('X-20, C-33 refuses a sign-in with %s', async (_, body, status) => {
  const agent = evil.browser()
  const page = await evil.ask(agent)
  const answer = await evil.answer(agent, page, 'sign-in', body)
  expect([answer.status, answer.has('[role=alert]')]).toEqual([status, true])
  await expectUntouched(agent, page)
})

it.each([
  ['application/json', '{"login":{"$regex":".*"},"password":{"$ne":""}}'],
  ['application/json', JSON.stringify({ login: kim.login, password: kim.password })],
  ['text/plain', `${LOGIN}&${PASSWORD}`],
  [
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="login"\r\n\r\nx\r\n--x--',
  ],
  ['', `${LOGIN}&${PASSWORD}`],
])('X-20 refuses a sign-in as %s', async (type, body) => {
  const agent = evil.browser()
  const page = await evil.ask(agent)
  const answer = await evil.answer(agent, page, 'sign-in', body, { headers: { 'content-type': type } })
  expect(answer.status).toBe(415)
  await expectUntouched(agent, page)
})

it('X-20, C-35 leaves nothing on the prototype of every object', async () => {
  const headers = { origin: server.issuer, 'sec-fetch-site': 'same-origin' }
  for (const path of ['/oauth2/token', '/oauth2/par', '/oauth2/introspect', '/register'])
    await evil.post(path, POLLUTING, shop, headers)
  await evil.get(`/oauth2/authorize?${new URLSearchParams(authorizationRequest())}&${POLLUTING}`)
  process.kill(server.pid, 'SIGUSR2')
  await expect.poll(() => /inherited: (.*)/.exec(server.output())?.[1]).toBe('[]')
})

it.each([
  ['1 MB', 'x'.repeat(1_000_000), 413],
  ['57 KiB', 'x'.repeat(57 * 1024), 413],
  ['1025 bytes', 'x'.repeat(1025), 400],
  ['513 characters of two bytes', '%d0%96'.repeat(513), 400],
  ['NUL inside', 'before%00after', 400],
  ['a lone surrogate', '%ed%a0%80', 400],
  ['bytes that are not UTF-8', '%ff%fe', 400],
  ['nothing', '', 422],
])('X-21 refuses a password of %s before any hash runs', async (_, password, status) => {
  const counted = await signInsCounted()
  const agent = evil.browser()
  const page = await evil.ask(agent)
  const answer = await evil.answer(agent, page, 'sign-in', `${LOGIN}&password=${password}`)
  expect(answer.status).toBe(status)
  expect(answer.html).not.toContain('xxxxxxxx')
  await expectUntouched(agent, page)
  expect(await signInsCounted()).toEqual(counted)
})

const SCRIPTS = [0x410, 0x4e00, 0x1f300, 0x915, 0x10400, 0xac00]
const spread = (length: number, from: (index: number) => number): string =>
  String.fromCodePoint(...Array.from({ length }, (_, index) => from(index)))

describe('X-21 a password', () => {
  it.each([
    ['64 code points of many scripts', spread(64, (i) => (SCRIPTS[i % 6] ?? 0) + ((i * i) % 31))],
    ['200 emoji', spread(200, (i) => 0x1f400 + ((i * i * 7) % 200))],
    ['blanks at both ends', '  between the two of them  '],
  ])('X-21 passes with %s, and is compared to the last character', async (name, password) => {
    const email = `${name.replaceAll(' ', '.')}@example.com`
    const agent = evil.browser()
    const form = await agent.get(`${server.issuer}/register`)
    const done = await agent.submit(form, '#submit-register', { email, password })
    expect([done.status, done.url]).toEqual([200, `${server.issuer}/register/done`])
    const signIn = async (given: string): Promise<Page> =>
      agent.submit(await evil.ask(agent), '#submit-login', { login: email, password: given })
    const characters = [...password]
    for (const wrong of [characters.slice(0, -1).join(''), characters.slice(1).join(''), `${password}x`])
      expect((await signIn(wrong)).status).toBe(422)
    expect((await signIn(password)).has('#allow')).toBe(true)
  })
})
