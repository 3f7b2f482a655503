import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Calls, calls } from '../flows/calls.ts'
import { kim, lou, shop } from '../flows/subject.ts'
import { type Agent, createAgent } from '../support/browserless.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'

export const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

/** One answer that was not the expected one; status 0 where none came. */
export interface Failure {
  step: string
  status: number
  /** Milliseconds since the epoch when the request was sent. */
  began: number
}

class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
  readonly failure: Failure
  constructor(failure: Failure) {
    super(`${failure.step}: ${failure.status}`)
    this.failure = failure
  }
}

/** What happened, told by the people and applications to whom it happened. */
export interface Told {
  /** Whole flows that came to their end. */
  flows: number
  failures: Failure[]
  /** Parameters of code exchanges that succeeded. */
  codes: Record<string, string>[]
  /** Addresses that were registered. */
  registered: string[]
  /** The last refresh token of every family that goes on. */
  families: string[]
}

export const nothingYet = (): Told => ({ flows: 0, failures: [], codes: [], registered: [], families: [] })

interface Actor {
  issuer: string
  ask: Calls
  party: RelyingParty
  told: Told
  isOver(): boolean
}
type Life = (actor: Actor) => Promise<void>

/** Milliseconds that a person takes for a page, at most. */
const THINKING = 700
const think = () => sleep(Math.random() * THINKING)

const step = async <Answer extends { status: number }>(
  name: string,
  expected: number,
  request: () => Promise<Answer>,
): Promise<Answer> => {
  const began = Date.now()
  // A connection that breaks is an answer that did not come.
  const answer = await request().catch(() => undefined)
  if (answer?.status !== expected)
    throw new UnexpectedAnswer({ step: name, status: answer?.status ?? 0, began })
  return answer
}

const trade = async ({ ask, told }: Actor, callback: string, codeVerifier: string) => {
  const fields = {
    grant_type: 'authorization_code',
    code: new URL(callback).searchParams.get('code') ?? '',
    code_verifier: codeVerifier,
    redirect_uri: shop.redirectUri,
  }
  const { body } = await step('exchange', 200, () => ask.token(shop, fields))
  told.codes.push(fields)
  return body
}

/** A sign-in with consent by a person who takes time for each page, up to the tokens. */
const signIn = async (actor: Actor, browser: Agent, person = kim) => {
  const stop = { stopAt: shop.redirectUri }
  const attempt = await actor.party.leave(OFFLINE)
  const page = await step('sign-in page', 200, () => browser.get(attempt.url, stop))
  await think()
  const consent = page.has('#allow')
    ? page
    : await step('sign-in', 200, () => browser.submit(page, '#submit-login', person, stop))
  await think()
  const answer = await step('consent', 303, () => browser.submit(consent, '#allow', {}, stop))
  return trade(actor, answerOf(answer), attempt.codeVerifier)
}

const isToldActive = async ({ ask }: Actor, token: string | undefined): Promise<void> => {
  const { body } = await step('introspection', 200, () => ask.introspect(shop, token))
  if (body.active !== true)
    throw new UnexpectedAnswer({ step: 'introspection says inactive', status: 200, began: Date.now() })
}

/**
 * Comes once: signs in, lets the application use and renew its tokens, and leaves. They are so many that they push out each
 * other's sessions, and nobody else's: an account has a hundred at a time.
 */
const visit: Life = async (actor) => {
  const tokens = await signIn(actor, createAgent(), lou)
  await isToldActive(actor, tokens.access_token)
  const renewed = await step('refresh', 200, () => actor.ask.refresh(shop, tokens.refresh_token))
  await isToldActive(actor, renewed.body.access_token)
  actor.told.flows += 1
}

/** Stays signed in: comes back again and again without being asked anything. */
const member: Life = async (actor) => {
  const browser = createAgent()
  await signIn(actor, browser)
  while (!actor.isOver()) {
    const attempt = await actor.party.leave({ prompt: 'none' })
    const answer = await step('silent', 303, () => browser.get(attempt.url, { stopAt: shop.redirectUri }))
    const { error } = Object.fromEntries(new URL(answerOf(answer)).searchParams)
    if (error) throw new UnexpectedAnswer({ step: `silent: ${error}`, status: 303, began: Date.now() })
    await trade(actor, answerOf(answer), attempt.codeVerifier)
    actor.told.flows += 1
    await think()
  }
}

/** The step after a refresh without an answer. */
export const ASKED_AGAIN = 'the same refresh again'

/** An application that renews its token; an answer that did not come is asked for again, as by any application. */
const chain =
  (links: number): Life =>
  async (actor) => {
    const { ask, told, isOver } = actor
    let token = (await signIn(actor, createAgent())).refresh_token
    for (let link = 0; link < links && !isOver(); link++) {
      const renew = (name: string) => step(name, 200, () => ask.refresh(shop, token))
      const { body } = await renew('refresh of a family').catch((error) => {
        told.failures.push(failureOf(error))
        return renew(ASKED_AGAIN)
      })
      token = body.refresh_token
      told.flows += 1
      await think()
    }
    told.families.push(token ?? '')
  }

const newcomer: Life = async ({ issuer, told }) => {
  const browser = createAgent()
  const page = await step('registration page', 200, () => browser.get(`${issuer}/register`))
  await think()
  const email = `${randomUUID()}@example.com`
  const values = { email, password: 'amber lantern on the quay' }
  await step('registration', 303, () => browser.submit(page, '#submit-register', values, { stopAt: '' }))
  told.registered.push(email)
  told.flows += 1
}

const failureOf = (error: unknown): Failure => {
  if (error instanceof UnexpectedAnswer) return error.failure
  throw error
}

export interface Crowd {
  told: Told
  /** Lets everybody finish what was begun. */
  end(): Promise<void>
}

export interface CrowdOptions {
  visitors: number
  members: number
  chains: number
  newcomers: number
  /** Refreshes of one family before the next one begins. */
  links?: number
}

/** Starts a crowd in which everybody begins again when through, or when something failed. */
export const startCrowd = async (issuer: string, options: CrowdOptions): Promise<Crowd> => {
  const { visitors, members, chains, newcomers, links = Number.POSITIVE_INFINITY } = options
  const told = nothingYet()
  let over = false
  const isOver = () => over
  const actor = { issuer, ask: calls({ issuer }), party: await relyingParty(issuer, shop), told, isOver }
  const goOn = async (live: Life): Promise<void> => {
    while (!over) await live(actor).catch((error) => void told.failures.push(failureOf(error)))
  }
  const kinds: [number, Life][] = [
    [visitors, visit],
    [members, member],
    [chains, chain(links)],
    [newcomers, newcomer],
  ]
  const lives = kinds.flatMap(([count, live]) => Array.from({ length: count }, () => goOn(live)))
  return {
    told,
    async end() {
      over = true
      await Promise.all(lives)
    },
  }
}
