import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'
import type { Credentials } from '../support/person.ts'
import { type Attempt, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { plugIn } from './authenticator.ts'
import { openStation, type Station } from './stations.ts'

let server: RunningServer
let beside: Beside
let browser: Browser
let app: Station
let party: RelyingParty

beforeAll(async () => {
  app = await openStation('127.0.0.1', () => undefined)
  const client = {
    client_id: 'own',
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${app.origin}/callback`],
    first_party: true,
  }
  browser = await startChromium()
  server = await startServer({
    seed: { clients: [client], roles: [{ name: 'careful', permissions: {} }] },
    env: { MFA_REQUIRED_ROLES: 'careful', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  beside = await openBeside(server)
  party = await relyingParty(server.issuer, { clientId: 'own', redirectUri: `${app.origin}/callback` })
})
afterAll(async () => {
  await browser?.close()
  await beside?.close()
  await Promise.all([server?.stop(), app?.close()])
})

const open = async (page: Page, parameters: Record<string, string> = {}): Promise<Attempt> => {
  const attempt = await party.leave(parameters)
  await page.goto(attempt.url)
  return attempt
}
const password = async (page: Page, person: Credentials): Promise<void> => {
  await page.fill('[name=login]', person.login)
  await page.fill('[name=password]', person.password)
  await page.click('#submit-login')
}
const claims = async (page: Page, attempt: Attempt) => {
  await page.waitForURL(`${app.origin}/callback?*`)
  return (await party.arrive(page.url(), attempt)).claims()
}

/** Somebody who sets up a passkey in the sign-in, because a role wants a second factor. */
const enrolled = async () => {
  const person = await beside.newcomer()
  await beside.addRole(person.login, 'careful')
  const window = await browser.open()
  const { page } = window
  const device = await plugIn(page)
  const attempt = await open(page)
  // Offered passkeys would sign in at once.
  await password(page, person)
  await page.locator('#secret').waitFor()
  await page.click('#use-passkey')
  await page.locator('.codes').waitFor()
  const codes = await page.locator('.codes li').allInnerTexts()
  await page.click('#codes-saved')
  return { ...window, person, device, codes, claims: await claims(page, attempt) }
}

it('sets up a passkey in the sign-in where a second factor is required, and counts it', async () => {
  const { claims, codes, device, complaints } = await enrolled()
  expect(claims).toMatchObject({ acr: 'urn:gatehouse:2', amr: ['pwd', 'hwk', 'mfa'] })
  expect(codes).toHaveLength(10)
  expect(await device.passkeys()).toHaveLength(1)
  expect(complaints()).toEqual([])
})

it('signs in by a passkey that the browser offers at the address, with nothing typed', async () => {
  const { page, complaints, claims: first } = await enrolled()
  await page.context().clearCookies()
  const attempt = await open(page)
  expect(await claims(page, attempt)).toMatchObject({
    sub: first?.sub,
    acr: 'urn:gatehouse:2',
    amr: ['hwk', 'user', 'mfa'],
  })
  expect(complaints()).toEqual([])
})

it('signs in by the button, where the browser offers nothing by itself', async () => {
  const { page, claims: first } = await enrolled()
  await page.context().clearCookies()
  await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
  const attempt = await open(page)
  await page.click('#use-passkey')
  expect((await claims(page, attempt))?.sub).toBe(first?.sub)
})

it('is the second factor after the password, and the only question of a step-up', async () => {
  const { page, device, person } = await enrolled()
  await page.context().clearCookies()
  await device.isTouched(false)
  const attempt = await open(page)
  await password(page, person)
  await page.locator('h1', { hasText: 'Use your passkey' }).waitFor()
  await device.isTouched(true)
  await page.click('#use-passkey')
  expect(await claims(page, attempt)).toMatchObject({
    acr: 'urn:gatehouse:2',
    amr: ['pwd', 'hwk', 'user', 'mfa'],
  })
})

it('C-18 a device that cannot tell its user is one factor: enough after the password, not alone', async () => {
  const { page, device, person } = await enrolled()
  await page.context().clearCookies()
  const passkeys = await device.passkeys()
  await device.remove()
  await (await plugIn(page, { knowsUser: false })).put(passkeys)
  const attempt = await open(page)
  await page.click('#use-passkey')
  await page.locator('[data-failed][role=alert]').waitFor()
  await password(page, person)
  await page.locator('h1', { hasText: 'Use your passkey' }).waitFor()
  await page.click('#use-passkey')
  expect(await claims(page, attempt)).toMatchObject({ acr: 'urn:gatehouse:2', amr: ['pwd', 'hwk', 'mfa'] })
})

it('says so when the device has no passkey for this, and another way is left', async () => {
  const { page, device, person, codes } = await enrolled()
  await page.context().clearCookies()
  await device.remove()
  await plugIn(page)
  const attempt = await open(page)
  await password(page, person)
  await page.click('#use-passkey')
  await page.locator('[data-failed][role=alert]').waitFor()
  await page.click('#use-recovery-code')
  await page.fill('[name=code]', codes[0] ?? '')
  await page.click('#submit-code')
  expect(await claims(page, attempt)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'] })
})

it('C-18 a passkey of one person is no second factor of another', async () => {
  const [one, other] = [await enrolled(), await enrolled()]
  const { page } = one
  await page.context().clearCookies()
  await one.device.isTouched(false)
  await open(page)
  await password(page, other.person)
  await page.locator('h1', { hasText: 'Use your passkey' }).waitFor()
  await one.device.isTouched(true)
  // The browser itself would not offer it: the list of the page names the passkeys of the other person.
  await page.route('**/passkey/options', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), allowCredentials: [] } })
  })
  await page.click('#use-passkey')
  await page.locator('[role=alert][data-error=passkey_refused]').waitFor()
  expect(await page.locator('h1').innerText()).toBe('Use your passkey')
})

it('says that a passkey is not known here any more', async () => {
  const { page, person } = await enrolled()
  await beside.setFactors(person.login, { totp: undefined, recoveryCodes: undefined, passkeys: [] })
  await page.context().clearCookies()
  await page.waitForTimeout(1100)
  await open(page)
  await page.locator('[role=alert][data-error=passkey_refused]').waitFor()
  // The authenticator answers the renewed offer by itself, so that the page comes and goes.
  await page.locator('#submit-login').waitFor()
})

it('is added, renamed and removed in the console, and the browser is told of its end', async () => {
  const person = await beside.newcomer()
  const { page, complaints } = await browser.open()
  const device = await plugIn(page)
  await page.goto(`${server.issuer}/account/security`)
  await password(page, person)
  await page.click('#add-passkey')
  await page.fill('[name=name]', 'My phone')
  await page.click('#use-passkey')
  await page.locator('.codes').waitFor()
  expect(await page.locator('.codes li').count()).toBe(10)
  await page.click('#codes-saved')
  expect(await page.locator('[data-passkey-id] h3').innerText()).toBe('My phone')
  await page.getByRole('link', { name: /^Rename/ }).click()
  await page.fill('[name=name]', 'The blue one')
  await page.click('#submit-name')
  expect(await page.locator('[data-passkey-id] h3').innerText()).toBe('The blue one')
  // Removing it is asked of who has it.
  await page.click('[data-remove-passkey]')
  await page.click('#use-passkey')
  await page.locator('[role=status].warn').waitFor()
  await page.click('[data-remove-passkey]')
  await page.locator('#add-passkey').waitFor()
  expect(await page.locator('[data-passkey-id]').count()).toBe(0)
  await expect.poll(async () => (await device.passkeys()).length).toBe(0)
  expect(complaints()).toEqual([])
})

it('lets a person download and print the recovery codes', async () => {
  const person = await beside.newcomer()
  await beside.addRole(person.login, 'careful')
  const { page, complaints } = await browser.open()
  await plugIn(page)
  await open(page)
  await password(page, person)
  await page.click('#use-passkey')
  const download = page.waitForEvent('download')
  await page.click('[data-save]')
  const file = await download
  expect(file.suggestedFilename()).toBe('gatehouse-recovery-codes.txt')
  const text = await readFile(await file.path(), 'utf8')
  const codes = await page.locator('.codes li').allInnerTexts()
  expect(text.split('\n').slice(2, 12)).toEqual(codes)
  expect(text).toContain(person.login)
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.paper').isVisible()).toBe(true)
  expect(await page.locator('#codes-saved').isVisible()).toBe(false)
  expect(complaints()).toEqual([])
})
