import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Agent, createAgent } from '../support/browserless.ts'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { restClient } from './rest-client.ts'
import { kim, lou, own, startSubject } from './subject.ts'

const FIREFOX = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0'
const COOKIE = 'gatehouse_device'

let sink: MailSink
let server: RunningServer
let party: RelyingParty

beforeAll(async () => {
  sink = await startMailSink()
  server = await startSubject({
    env: { SMTP_URL: sink.url, MAIL_FROM: 'gate@example.com', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  party = await relyingParty(server.issuer, own)
})
afterAll(async () => {
  await server?.stop()
  await sink?.stop()
})

/** A browser that has kept nothing but the cookie of the device. */
const sameDevice = (agent: Agent): Agent => {
  const next = createAgent({ headers: { 'user-agent': FIREFOX } })
  next.cookies.take(new URL(server.issuer), [`${COOKIE}=${agent.cookies.find(COOKIE)?.value}; Path=/`])
  return next
}
const lettersTo = (person: typeof kim): number =>
  sink.all().filter(({ to }) => to.includes(person.login)).length
/** Long enough for a letter that must not come. */
const quiet = () => sleep(500)

it('a sign-in from a new device is told to the owner by mail, with device, address and time', async () => {
  const laptop = createAgent()
  await party.signIn(laptop, kim)
  await quiet()
  expect(lettersTo(kim)).toBe(0)
  await party.signIn(createAgent({ headers: { 'user-agent': FIREFOX } }), kim)
  const { text, html } = await sink.next({ to: kim.login })
  for (const body of [text, html])
    for (const part of ['Firefox', 'macOS', '127.0.0.1', `${server.issuer}/account/security`])
      expect(body).toContain(part)
})

it('one that is known by its cookie is no news, and another person there is told from it', async () => {
  const device = createAgent()
  await party.signIn(device, lou)
  await quiet()
  const before = [lettersTo(kim), lettersTo(lou)]
  await party.signIn(sameDevice(device), lou)
  await quiet()
  expect([lettersTo(kim), lettersTo(lou)]).toEqual(before)
  await party.signIn(sameDevice(device), kim)
  await expect.poll(() => lettersTo(kim), { timeout: 5_000 }).toBe(Number(before[0]) + 1)
})

it('the cookie is random, out of reach of scripts, and no proof of anything', async () => {
  const agent = createAgent()
  await party.signIn(agent, kim)
  const cookie = agent.cookies.find(COOKIE)
  expect(Buffer.from(cookie?.value ?? '', 'base64url')).toHaveLength(16)
  expect(cookie?.attributes).toMatchObject({ httponly: '', samesite: 'Lax', path: '/' })
  const { url } = await party.leave()
  expect((await sameDevice(agent).get(url)).has('#submit-login')).toBe(true)
})

it('a cookie that is made up is replaced by one of ours', async () => {
  const agent = createAgent()
  agent.cookies.take(new URL(server.issuer), [`${COOKIE}=${'x'.repeat(500)}; Path=/`])
  await party.signIn(agent, kim)
  expect(agent.cookies.find(COOKIE)?.value).toMatch(/^[\w-]{22}$/)
})

it('programs at the REST API are told apart by what they say and where they are', async () => {
  await restClient(server, 'desk/1.0').login(lou)
  await expect.poll(() => lettersTo(lou), { timeout: 5_000 }).toBeGreaterThan(0)
  await quiet()
  const before = lettersTo(lou)
  await restClient(server, 'desk/1.0').login(lou)
  await quiet()
  expect(lettersTo(lou)).toBe(before)
  await restClient(server, 'till/2.0').login(lou)
  await expect.poll(() => lettersTo(lou), { timeout: 5_000 }).toBe(before + 1)
})

it('the first sign-in right after a registration is no news', async () => {
  const person = { login: 'newcomer@example.com', password: 'silver gulls above the mole' }
  const rest = restClient(server)
  const body = { email: person.login, password: person.password }
  expect((await rest.send('POST', '/auth/register', { body })).status).toBe(201)
  await rest.login(person)
  await quiet()
  const subjects = sink
    .all()
    .filter(({ to }) => to.includes(person.login))
    .map(({ text }) => text.includes('127.0.0.1'))
  expect(subjects).not.toContain(true)
})

it('R-23 no mail server holds up a sign-in', async () => {
  await sink.stop()
  const start = performance.now()
  await party.signIn(createAgent({ headers: { 'user-agent': FIREFOX } }), kim)
  expect(performance.now() - start).toBeLessThan(3_000)
})
