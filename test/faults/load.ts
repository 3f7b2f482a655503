import { randomUUID } from 'node:crypto'
import { type Calls, calls } from '../flows/calls.ts'
import { kim, shop } from '../flows/subject.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { Facts } from './facts.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

interface Actor {
  issuer: string
  ask: Calls
  party: RelyingParty
  browser: Agent
  facts: Facts
  /** Called at each fact that the server has acknowledged. */
  acknowledged(): void
}

/** People and applications that go on where they stopped when the server is back: their sessions outlive it. */
export interface Crowd {
  /** Keeps the server busy and writes down what it acknowledges; resolves when everybody has met the end. */
  work(facts: Facts, acknowledged: () => void): Promise<void>
}

/** The server says "later", as its store is away. */
class Later extends Error {}
export const isLater = (error: unknown): boolean => error instanceof Later

const heard = <Answer extends { status: number }>(answer: Answer): Answer => {
  if (answer.status === 503) throw new Later('the server says "later"')
  return answer
}
const newBrowser = (): Agent => createAgent({ onAnswer: (page: Page) => void heard(page) })

/**
 * Makes a crowd, signed in where it has to be.
 *
 * @param isEnd at which errors everybody stops: those of a server that is gone, unless told otherwise
 */
export const gather = async (issuer: string, isEnd = isBroken): Promise<Crowd> => {
  const ask = calls({ issuer })
  const party = await relyingParty(issuer, shop)
  const lives = [exchange, exchange, refresh, refresh, revoke, register, leave, stay]
  const people = await Promise.all(
    lives.map(async (live) => {
      const browser = newBrowser()
      await party.signIn(browser, kim, OFFLINE)
      return (told: Pick<Actor, 'facts' | 'acknowledged'>) =>
        until(isEnd, () => live({ issuer, ask, party, browser, ...told }))
    }),
  )
  return {
    async work(facts, acknowledged) {
      await Promise.all(people.map((live) => live({ facts, acknowledged })))
    },
  }
}

/** Everything else that is wrong is a fault of the server. */
const until = async (isEnd: (error: unknown) => boolean, live: () => Promise<never>): Promise<void> => {
  try {
    await live()
  } catch (error) {
    if (!isEnd(error)) throw error
  }
}

const isBroken = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  if ('code' in error && ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(String(error.code))) return true
  return error.message.includes('fetch failed') || isBroken(error.cause)
}

const trade = async ({ ask, party, browser }: Actor) => {
  const attempt = await party.leave(OFFLINE)
  const callback = new URL(await party.callback(browser, kim, attempt))
  const fields = {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    code_verifier: attempt.codeVerifier,
    redirect_uri: shop.redirectUri,
  }
  const { status, body } = heard(await ask.token(shop, fields))
  if (status !== 200) throw new Error(`a fresh code was refused: ${JSON.stringify(body)}`)
  return { fields, refreshToken: body.refresh_token ?? '' }
}

const exchange = async (actor: Actor): Promise<never> => {
  for (;;) {
    actor.facts.codes.push(await trade(actor))
    actor.acknowledged()
  }
}

const refresh = async ({ ask, facts, acknowledged, ...actor }: Actor): Promise<never> => {
  const { refreshToken } = await trade({ ask, facts, acknowledged, ...actor })
  const place = facts.refreshTokens.push(refreshToken) - 1
  for (let token = refreshToken; ; ) {
    const { status, body } = heard(await ask.refresh(shop, token))
    if (status !== 200 || body.refresh_token === undefined)
      throw new Error(`a fresh refresh token was refused: ${JSON.stringify(body)}`)
    token = body.refresh_token
    facts.refreshTokens[place] = token
    acknowledged()
  }
}

const revoke = async (actor: Actor): Promise<never> => {
  for (;;) {
    const { refreshToken } = await trade(actor)
    const { status } = heard(await actor.ask.revoke(shop, refreshToken))
    if (status !== 200) throw new Error(`a revocation was refused: ${status}`)
    actor.facts.revoked.push(refreshToken)
    actor.acknowledged()
  }
}

const register = async ({ issuer, browser, facts, acknowledged }: Actor): Promise<never> => {
  const page = await browser.get(`${issuer}/register`)
  for (;;) {
    const person = { login: `${randomUUID()}@example.com`, password: 'amber lantern on the quay' }
    const values = { email: person.login, password: person.password }
    const { status } = await browser.submit(page, '#submit-register', values, { stopAt: '' })
    if (status !== 303) throw new Error(`a registration was refused: ${status}`)
    facts.accounts.push(person)
    acknowledged()
  }
}

const cookieOf = ({ browser, issuer }: Pick<Actor, 'browser' | 'issuer'>): string =>
  browser.cookies.header(new URL(issuer)) ?? ''

const leave = async (actor: Actor): Promise<never> => {
  for (;;) {
    await trade(actor)
    const cookie = cookieOf(actor)
    const page = await actor.browser.get(`${actor.issuer}/oauth2/logout`)
    const { status } = await actor.browser.submit(page, '#logout-yes', {}, { stopAt: '' })
    if (status !== 303) throw new Error(`a logout was refused: ${status}`)
    actor.facts.ended.push(cookie)
    actor.acknowledged()
  }
}

const stay = async (actor: Actor): Promise<never> => {
  for (;;) {
    const browser = newBrowser()
    await trade({ ...actor, browser })
    actor.facts.alive.push(cookieOf({ ...actor, browser }))
    actor.acknowledged()
  }
}
