import { createHash } from 'node:crypto'
import { kim, shop } from '../flows/subject.ts'
import { type Agent, createAgent, type Page, type Step } from '../support/browserless.ts'
import { passGate } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { expectSound } from './sound.ts'

type Fields = string | Record<string, string> | [string, string][]

interface Client {
  clientId: string
  clientSecret?: string
  redirectUri?: string
}

/** Tries things; every answer on the way is held to `expectSound`. */
export interface Attacker {
  /** A browser of its own. */
  browser(headers?: Record<string, string>): Agent
  /** One request without a cookie; redirects are not followed. */
  get(path: string, headers?: Record<string, string>): Promise<Page>
  authorize(changes?: Changes, client?: Client): Promise<Page>
  /** The page of a fresh interaction: of a sign-in, unless the browser has a session. */
  ask(agent: Agent, changes?: Changes, client?: Client): Promise<Page>
  /** Posts fields as the page itself would, with its token unless they hold one. */
  answer(
    agent: Agent,
    page: Page,
    step: string,
    fields: string | Record<string, string>,
    from?: Step,
  ): Promise<Page>
  /** A form from a program, with the authentication of the client. */
  post(path: string, fields: Fields, client?: Client, headers?: Record<string, string>): Promise<Page>
  /** Signs in where needed, allows where asked, and brings the code. */
  code(agent: Agent, changes?: Changes, client?: Client): Promise<string>
  redeem(code: string, changes?: Changes, client?: Client): Promise<Page>
  /** A whole sign-in, up to the answer of the token endpoint. */
  tokens(agent: Agent, changes?: Changes, client?: Client): Promise<Tokens>
}

/** Parameters that replace the good ones; undefined takes one away. */
export type Changes = Record<string, string | undefined>

export interface Tokens {
  access_token: string
  id_token: string
  refresh_token: string
}

export const VERIFIER = 'a-verifier-that-is-long-enough-for-rfc-7636'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
/** Asks for a refresh token that outlives the browser session. */
export const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

const changed = (good: Record<string, string>, changes: Changes): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...good, ...changes }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )

/** A good authorization request but for the changes. */
export const authorizationRequest = (changes: Changes = {}, client: Client = shop): Record<string, string> =>
  changed(
    {
      client_id: client.clientId,
      redirect_uri: client.redirectUri ?? '',
      response_type: 'code',
      scope: 'openid',
      state: 'the-state',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    },
    changes,
  )

const authentication = ({ clientId, clientSecret }: Client): Record<string, string> =>
  clientSecret === undefined
    ? {}
    : { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` }

/** Follows no redirect. */
export const STAY = { stopAt: '' }

/** The hidden token of a page's form. */
export const csrfOn = (page: Page): string => page.select('input[name=csrf]')[0]?.attributes.value ?? ''

export const attacker = (server: Pick<RunningServer, 'issuer'>): Attacker => {
  const { issuer } = server
  const browser = (headers: Record<string, string> = {}): Agent =>
    createAgent({ headers, onAnswer: (page) => expectSound(issuer, page) })
  const get: Attacker['get'] = (path, headers = {}) => browser().get(issuer + path, { ...STAY, headers })
  const post: Attacker['post'] = (path, fields, client, headers = {}) => {
    const identified =
      client && client.clientSecret === undefined && typeof fields === 'object' && !Array.isArray(fields)
        ? { client_id: client.clientId, ...fields }
        : fields
    const authorization = client ? authentication(client) : {}
    const given = { accept: 'application/json', ...authorization, ...headers }
    return browser().post(issuer + path, identified, { ...STAY, headers: given })
  }
  const authorizePath = (changes?: Changes, client?: Client): string =>
    `/oauth2/authorize?${new URLSearchParams(authorizationRequest(changes, client))}`
  const answer: Attacker['answer'] = (agent, page, step, fields, from = {}) => {
    const csrf = csrfOn(page)
    const given = typeof fields === 'string' ? `csrf=${csrf}&${fields}` : { csrf, ...fields }
    const headers = { origin: issuer, 'sec-fetch-site': 'same-origin', ...from.headers }
    return agent.post(`${page.url}/${step}`, given, { ...from, headers })
  }
  const code: Attacker['code'] = async (agent, changes, client = shop) => {
    const stop = { stopAt: client.redirectUri ?? '' }
    const asked = await agent.get(issuer + authorizePath(changes, client), stop)
    const page = await passGate(agent, asked, kim, stop)
    return new URL(page.location ?? page.url).searchParams.get('code') ?? ''
  }
  const redeem: Attacker['redeem'] = (given, changes = {}, client = shop) => {
    const good = {
      grant_type: 'authorization_code',
      code: given,
      redirect_uri: client.redirectUri ?? '',
      code_verifier: VERIFIER,
    }
    return post('/oauth2/token', changed(good, changes), client)
  }
  return {
    browser,
    get,
    post,
    authorize: (changes, client) => get(authorizePath(changes, client)),
    ask: (agent, changes, client) => agent.get(issuer + authorizePath(changes, client)),
    answer,
    code,
    redeem,
    tokens: async (agent, changes, client) =>
      JSON.parse((await redeem(await code(agent, changes, client), {}, client)).html),
  }
}
