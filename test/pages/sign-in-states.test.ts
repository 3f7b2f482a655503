import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kim, lou, own, shop, startSubject } from '../flows/subject.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'

let server: RunningServer
let party: RelyingParty
let first: RelyingParty
beforeAll(async () => {
  server = await startSubject()
  party = await relyingParty(server.issuer, shop)
  first = await relyingParty(server.issuer, own)
})
afterAll(() => server?.stop())

const HOLD = { stopAt: '' }
const AT_SHOP = { stopAt: shop.redirectUri }
const atGate = async (agent: Agent): Promise<Page> =>
  agent.get((await party.leave({ prompt: 'consent' })).url)
const atConsent = async (agent: Agent): Promise<Page> =>
  agent.submit(await atGate(agent), '#submit-login', kim)
const codeOf = (page: Page): string | null => new URL(answerOf(page)).searchParams.get('code')
/** The page of a sign-in that is no more, which says so and asks for nothing. */
const expectOver = (page: Page): void => {
  expect([page.status, page.select('[role=alert]')[0]?.attributes['data-error']]).toEqual([
    400,
    'start_again',
  ])
  expect(page.text('title')).toBe('Error: This sign-in is over · Gatehouse')
  expect(page.has('form')).toBe(false)
}

it.each(['', '/register'])('tells that a sign-in is over that never was: /interaction/…%s', async (step) => {
  expectOver(await createAgent().get(`${server.issuer}/interaction/never-was${step}`))
})

it('tells that a sign-in is over that has expired, at the page and at the form', async () => {
  const short = await startSubject({ env: { TTL_INTERACTION: '4' } })
  try {
    const agent = createAgent()
    const { url } = await (await relyingParty(short.issuer, shop)).leave()
    const page = await agent.get(url)
    expect(page.status).toBe(200)
    while ((await agent.get(page.url)).status === 200) await sleep(500)
    expectOver(await agent.get(page.url))
    expectOver(await agent.submit(page, '#submit-login', kim))
  } finally {
    await short.stop()
  }
})

it('tells that a sign-in is over that was finished', async () => {
  const agent = createAgent()
  const page = await atConsent(agent)
  expect(codeOf(await agent.submit(page, '#allow', {}, AT_SHOP))).toBeTruthy()
  expectOver(await agent.get(page.url))
  expectOver(await agent.submit(page, '#allow'))
})

it('C-26 shows the sign-in of one browser to no other, and takes its form from no other', async () => {
  const page = await atGate(createAgent())
  const thief = createAgent()
  expectOver(await thief.get(page.url))
  expectOver(await thief.submit(page, '#submit-login', kim))
})

it('takes the second press of the sign-in button for the same sign-in', async () => {
  const agent = createAgent()
  const page = await atGate(agent)
  const pressed = await Promise.all([1, 2].map(() => agent.submit(page, '#submit-login', kim, HOLD)))
  expect(pressed.map(({ status }) => status)).toEqual([303, 303])
  // The browser follows the answer to the last press alone.
  const consent = await agent.get(pressed[1]?.location ?? '')
  expect(codeOf(await agent.submit(consent, '#allow', {}, AT_SHOP))).toBeTruthy()
})

it('takes the second press of the consent button for the same consent', async () => {
  const agent = createAgent()
  const page = await atConsent(agent)
  const pressed = await Promise.all([1, 2].map(() => agent.submit(page, '#allow', {}, HOLD)))
  expect(pressed.map(({ status }) => status)).toEqual([303, 303])
  expect(codeOf(await agent.get(pressed[1]?.location ?? '', AT_SHOP))).toBeTruthy()
})

it('keeps the last word of who allows and then denies before the page has changed', async () => {
  const agent = createAgent()
  const page = await atConsent(agent)
  await agent.submit(page, '#allow', {}, HOLD)
  const denied = await agent.submit(page, '#deny', {}, AT_SHOP)
  expect(new URL(answerOf(denied)).searchParams.get('error')).toBe('access_denied')
})

it('tells who goes back from the consent to the sign-in that it is over; the consent still stands', async () => {
  const agent = createAgent()
  const gate = await atGate(agent)
  const consent = await agent.submit(gate, '#submit-login', kim)
  expect(consent.url).not.toBe(gate.url)
  expectOver(await agent.get(gate.url))
  expectOver(await agent.submit(gate, '#submit-login', lou))
  const again = await agent.get(consent.url)
  expect(again.text('[class=person]')).toContain(kim.login)
  expect(codeOf(await agent.submit(again, '#allow', {}, AT_SHOP))).toBeTruthy()
})

it('lets who went back to a refused form send it again', async () => {
  const agent = createAgent()
  const page = await atGate(agent)
  const refused = await agent.submit(page, '#submit-login', { ...kim, password: 'not the password' })
  expect([refused.status, refused.text('#login-fault')]).toEqual([422, ''])
  expect((await agent.submit(page, '#submit-login', kim)).has('#allow')).toBe(true)
})

it('keeps the sign-ins of two tabs apart: each ends at its own application with its own code', async () => {
  const agent = createAgent()
  const [one, other] = [await party.leave({ prompt: 'consent' }), await first.leave({ prompt: 'login' })]
  const [left, right] = [await agent.get(one.url), await agent.get(other.url)]
  const there = { stopAt: own.redirectUri }
  const arrived = await agent.submit(right, '#submit-login', kim, there)
  const consent = await agent.submit(left, '#submit-login', kim)
  const tokens = await party.arrive(answerOf(await agent.submit(consent, '#allow', {}, AT_SHOP)), one)
  expect(tokens.claims()?.aud).toBe('shop')
  expect((await first.arrive(answerOf(arrived), other)).claims()?.aud).toBe('own')
})

it('cancels the sign-in of one tab and leaves that of the other alone', async () => {
  const agent = createAgent()
  const [left, right] = [await atGate(agent), await atGate(agent)]
  const cancelled = await agent.submit(left, '#cancel', {}, AT_SHOP)
  expect(new URL(answerOf(cancelled)).searchParams.get('error')).toBe('access_denied')
  expect((await agent.submit(right, '#submit-login', kim)).has('#allow')).toBe(true)
})

it('lets nobody allow for Kim any more, once another tab has signed in Lou', async () => {
  const agent = createAgent()
  const [left, right] = [await atGate(agent), await atGate(agent)]
  const ofKim = await agent.submit(left, '#submit-login', kim)
  // A form in between ends the session of Kim; without scripts one presses its button.
  const leaving = await agent.submit(right, '#submit-login', lou)
  const ofLou = await agent.submit(leaving, 'button')
  expect(ofKim.text('[class=person]')).toContain(kim.login)
  expect(ofLou.text('[class=person]')).toContain(lou.login)
  expectOver(await agent.submit(ofKim, '#allow', {}, AT_SHOP))
  expect(codeOf(await agent.submit(ofLou, '#allow', {}, AT_SHOP))).toBeTruthy()
})

it('names each empty field, keeps what was typed, and sends no password back', async () => {
  const agent = createAgent()
  const page = await agent.submit(await atGate(agent), '#submit-login', {
    login: '',
    password: 'typed in vain',
  })
  expect(page.status).toBe(422)
  expect(page.text('[role=alert]')).toContain('One thing to correct')
  expect(page.select('a').map(({ attributes }) => attributes.href)).toContain('#login')
  expect(page.text('#login-fault')).toBe('This is empty.')
  expect(page.html).not.toContain('typed in vain')
  const half = await agent.submit(page, '#submit-login', { login: kim.login, password: '' })
  expect(half.select('#login')[0]?.attributes.value).toBe(kim.login)
  expect(half.text('#password-fault')).toBe('This is empty.')
})
