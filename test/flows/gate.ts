import type { Agent, Page } from '../support/browserless.ts'
import type { Credentials } from '../support/person.ts'
import { type Attempt, answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { own } from './subject.ts'

export const ONE = 'urn:gatehouse:1'
export const TWO = 'urn:gatehouse:2'

type Parameters = Record<string, string>
type Claims = ReturnType<Awaited<ReturnType<RelyingParty['arrive']>>['claims']>

/** Sign-ins at a first-party application, step by step. */
export interface Gate {
  party: RelyingParty
  /** Ends a walk at the answer to the application. */
  stop: { stopAt: string }
  /** The first page, or the answer if there is none. */
  open(agent: Agent, parameters?: Parameters): Promise<{ attempt: Attempt; page: Page }>
  /** The page after the password. */
  code(agent: Agent, person: Credentials): Promise<{ attempt: Attempt; page: Page }>
  /** A whole sign-in, by the password and the code if there is one. */
  signIn(agent: Agent, person: Credentials, code?: string, parameters?: Parameters): Promise<Claims>
  /** What the ID token says, without a question to the person. */
  silently(agent: Agent, parameters?: Parameters): Promise<Claims>
  /** The parameters of the answer, where there is no question. */
  answered(agent: Agent, parameters: Parameters): Promise<URLSearchParams>
  claims(done: Page, attempt: Attempt): Promise<Claims>
  /** Sends a step of one's own making, with the token of a page of this interaction. */
  post(agent: Agent, page: Page, step: string, fields: Parameters): Promise<Page>
  /** Where the engine goes on after the interaction. */
  resumeOf(page: Page): string
}

export const errorOf = (page: Page): string | undefined =>
  page.select('[role=alert][data-error]')[0]?.attributes['data-error']

/** Recovery codes that a page shows. */
export const codesOn = (page: Page): string[] =>
  page.html.match(/\b[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){2}\b/g) ?? []

/** The key of an authenticator app that a page shows. */
export const secretOf = (page: Page): string => page.text('#secret').replaceAll(' ', '')

const interactionOf = (page: Page): string => page.url.replace(/(\/interaction\/[^/?]+).*/, '$1')

export const gateOf = async (server: RunningServer): Promise<Gate> => {
  const party = await relyingParty(server.issuer, own)
  const stop = { stopAt: own.redirectUri }
  const open: Gate['open'] = async (agent, parameters) => {
    const attempt = await party.leave(parameters)
    return { attempt, page: await agent.get(attempt.url, stop) }
  }
  const claims: Gate['claims'] = async (done, attempt) =>
    (await party.arrive(answerOf(done), attempt)).claims()
  return {
    party,
    stop,
    open,
    claims,
    async code(agent, person) {
      const { attempt, page } = await open(agent)
      return { attempt, page: await agent.submit(page, '#submit-login', { ...person }, stop) }
    },
    async signIn(agent, person, code, parameters) {
      const { attempt, page } = await open(agent, parameters)
      const next = await agent.submit(page, '#submit-login', { ...person }, stop)
      const done = code === undefined ? next : await agent.submit(next, '#submit-code', { code }, stop)
      return claims(done, attempt)
    },
    async silently(agent, parameters) {
      const { attempt, page } = await open(agent, { ...parameters, prompt: 'none' })
      return claims(page, attempt)
    },
    answered: async (agent, parameters) =>
      new URL(answerOf((await open(agent, parameters)).page)).searchParams,
    post(agent, page, step, fields) {
      const csrf = page.select('input[name=csrf]')[0]?.attributes.value ?? ''
      const { origin } = new URL(server.issuer)
      const headers = { origin, 'sec-fetch-site': 'same-origin' }
      return agent.post(`${interactionOf(page)}/${step}`, { csrf, ...fields }, { ...stop, headers })
    },
    resumeOf: (page) => interactionOf(page).replace('/interaction/', '/oauth2/authorize/'),
  }
}
