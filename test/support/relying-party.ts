import * as oidc from 'openid-client'
import type { Agent, Page } from './browserless.ts'
import { type Credentials, passGate } from './person.ts'

export type Tokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>

export interface Registration {
  clientId: string
  /** Undefined: a public client. */
  clientSecret?: string
  redirectUri: string
}

/** What an application remembers between leaving for the server and coming back. */
export interface Attempt {
  url: string
  codeVerifier: string
  state: string
  nonce: string
}

export interface RelyingParty {
  /** For calls of the library itself: refresh, revocation, introspection, userinfo. */
  config: oidc.Configuration
  redirectUri: string
  /** Makes an authorization request with PKCE, state and nonce; `parameters` come on top. */
  leave(parameters?: Record<string, string>): Promise<Attempt>
  /** Checks the answer and trades the code; `parameters` go to the token endpoint as well. */
  arrive(callback: string, attempt: Attempt, parameters?: Record<string, string>): Promise<Tokens>
  /** A whole sign-in by a person at this browser, up to the answer that the application would get. */
  callback(agent: Agent, person: Credentials, attempt: Attempt): Promise<string>
  /** A whole sign-in, up to the tokens. */
  signIn(agent: Agent, person: Credentials, parameters?: Record<string, string>): Promise<Tokens>
}

/** A real relying-party library as a client of the server. */
export const relyingParty = async (issuer: string, client: Registration): Promise<RelyingParty> => {
  const { clientId, clientSecret, redirectUri } = client
  const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret)
  const config = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
  })
  const leave: RelyingParty['leave'] = async (parameters = {}) => {
    const [codeVerifier, state, nonce] = [
      oidc.randomPKCECodeVerifier(),
      oidc.randomState(),
      oidc.randomNonce(),
    ]
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...parameters,
    })
    return { url: url.href, codeVerifier, state, nonce }
  }
  const arrive: RelyingParty['arrive'] = (callback, { codeVerifier, state, nonce }, parameters) =>
    oidc.authorizationCodeGrant(
      config,
      new URL(callback),
      { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce },
      parameters,
    )
  const callback: RelyingParty['callback'] = async (agent, person, attempt) => {
    const stop = { stopAt: redirectUri }
    const page = await passGate(agent, await agent.get(attempt.url, stop), person, stop)
    return answerOf(page)
  }
  return {
    config,
    redirectUri,
    leave,
    arrive,
    callback,
    signIn: async (agent, person, parameters) => {
      const attempt = await leave(parameters)
      return arrive(await callback(agent, person, attempt), attempt)
    },
  }
}

/** The redirect to the application; anything else is a page that should not be there. */
export const answerOf = (page: Page): string => {
  if (page.location === undefined) throw new Error(`no answer but ${page.status} ${page.url}\n${page.html}`)
  return page.location
}
