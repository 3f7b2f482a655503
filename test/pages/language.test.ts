import { afterAll, beforeAll, expect, it } from 'vitest'
import { shop, startSubject } from '../flows/subject.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'

let server: RunningServer
beforeAll(async () => {
  server = await startSubject()
})
afterAll(() => server?.stop())

const GERMAN_FIRST = { 'accept-language': 'de-DE, ru-RU;q=0.8, en;q=0.5' }
const languageOf = (page: Page): string | undefined => page.select('html')[0]?.attributes.lang
const signInUrl = async (parameters: Record<string, string> = {}): Promise<string> =>
  (await (await relyingParty(server.issuer, shop)).leave(parameters)).url

it('speaks English to who asks for no language that it has', async () => {
  const agent = createAgent({ headers: { 'accept-language': 'de, *;q=0.1' } })
  const page = await agent.get(server.issuer)
  expect([languageOf(page), page.text('h1')]).toEqual(['en', 'One gate to all your applications'])
})

it('takes the first language of the browser that it has', async () => {
  const page = await createAgent({ headers: GERMAN_FIRST }).get(server.issuer)
  expect([languageOf(page), page.text('h1')]).toEqual(['ru', 'Одни ворота во все ваши приложения'])
})

it('offers each language by its own name, and keeps what was chosen by a link over all pages', async () => {
  const agent = createAgent({ headers: GERMAN_FIRST })
  const page = await agent.get(server.issuer)
  const links = page
    .select('a[hreflang]')
    .map(({ attributes }) => [attributes.hreflang, attributes['aria-current']])
  expect(links).toEqual([
    ['en', undefined],
    ['ru', 'true'],
  ])
  const chosen = await agent.follow(page, 'a[hreflang=en]')
  expect([chosen.url, languageOf(chosen)]).toEqual([`${server.issuer}/`, 'en'])
  expect(languageOf(await agent.get(`${server.issuer}/register`))).toBe('en')
})

it('follows the application (ui_locales) before what was chosen earlier, and that before the browser', async () => {
  const agent = createAgent({ headers: GERMAN_FIRST })
  await agent.get(`${server.issuer}/?lang=en`)
  expect(languageOf(await agent.get(await signInUrl()))).toBe('en')
  expect(languageOf(await agent.get(await signInUrl({ ui_locales: 'fr ru' })))).toBe('ru')
  expect(languageOf(await agent.get(await signInUrl({ ui_locales: 'fr' })))).toBe('en')
})

it('follows the person before the application within a sign-in, and loses nothing of it', async () => {
  const agent = createAgent()
  const page = await agent.get(await signInUrl({ ui_locales: 'ru' }))
  const chosen = await agent.follow(page, 'a[hreflang=en]')
  expect([chosen.url, languageOf(chosen), chosen.text('h1')]).toEqual([page.url, 'en', 'Sign in'])
  const refused = await agent.submit(chosen, '#submit-login', { login: 'kim@example.com', password: 'wrong' })
  expect([refused.status, languageOf(refused)]).toEqual([422, 'en'])
  expect(refused.text('title')).toBe('Error: Sign in · Gatehouse')
})

it.each(['de', 'xx', '', '__proto__', 'ru%0d%0ax', '../ru'])('ignores the choice of %j', async (lang) => {
  const agent = createAgent()
  const page = await agent.get(`${server.issuer}/?lang=${lang}`)
  expect([page.status, languageOf(page)]).toEqual([200, 'en'])
  expect(languageOf(await agent.get(server.issuer))).toBe('en')
})

it('N-11 is not led to another host by a choice of language', async () => {
  const { location, status } = await createAgent().get(`${server.issuer}//elsewhere.example/?lang=ru`, {
    stopAt: '',
  })
  expect([location, status]).toEqual([undefined, 404])
})
