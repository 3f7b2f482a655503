import { hash } from 'node:crypto'
import { createAgent } from '../../test/support/browserless.ts'
import { connection, type Send } from './chain.ts'
import { api, basic, client, person, redirectUri } from './subject.ts'

const verifier = 'v'.repeat(64)
const form = { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' }

export interface Tokens {
  accessToken: string
  refreshToken: string
}

/** Path of an authorization request of the benchmark's client. */
export const authorizePath = (): string =>
  `/oauth2/authorize?${new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
  })}`

/** Signs a person in, on our server by its page, and returns the cookies of the session. */
export const signIn = async (base: string): Promise<string> => {
  const agent = createAgent()
  let page = await agent.get(base + authorizePath(), { stopAt: redirectUri })
  if (page.has('#submit-login')) {
    page = await agent.submit(
      page,
      '#submit-login',
      { login: person.email, password: person.password },
      { stopAt: redirectUri },
    )
  }
  if (!page.location?.startsWith(redirectUri)) throw new Error(`no code but ${page.status} ${page.url}`)
  return agent.cookies.header(new URL(authorizePath(), base)) ?? ''
}

/** Redeems the code of an authorization response. */
export const exchange = async (send: Send, location: string): Promise<Tokens> => {
  const code = new URL(location).searchParams.get('code') ?? ''
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return tokensOf(await send('POST', '/oauth2/token', form, body.toString()))
}

export const refresh = async (send: Send, refreshToken: string): Promise<Tokens> =>
  tokensOf(
    await send('POST', '/oauth2/token', form, `grant_type=refresh_token&refresh_token=${refreshToken}`),
  )

const tokensOf = ({ status, text }: { status: number; text: string }): Tokens => {
  const answer: { access_token?: string; refresh_token?: string } = JSON.parse(text)
  if (status !== 200 || !answer.access_token || !answer.refresh_token) throw new Error(`${status} ${text}`)
  return { accessToken: answer.access_token, refreshToken: answer.refresh_token }
}

/** The authorization response of a request with an existing session. */
export const authorize = async (send: Send, cookie: string): Promise<string> => {
  const { status, location } = await send('GET', authorizePath(), { cookie })
  if (!location.startsWith(redirectUri)) throw new Error(`no code but ${status} ${location}`)
  return location
}

/** One full code flow with an existing session: authorize, then redeem. */
export const codeFlow = async (send: Send, cookie: string): Promise<Tokens> =>
  exchange(send, await authorize(send, cookie))

const expectOk = ({ status, text }: { status: number; text: string }, part: string): void => {
  if (status !== 200 || !text.includes(part)) throw new Error(`${status} ${text}`)
}

export const introspect = async (send: Send, token: string): Promise<void> =>
  expectOk(await send('POST', '/oauth2/introspect', form, `token=${token}`), '"active":true')

export const userinfo = async (send: Send, token: string): Promise<void> =>
  expectOk(await send('GET', '/oauth2/userinfo', { authorization: `Bearer ${token}` }), '"sub"')

/** A JWT for the benchmark's API. */
export const clientCredentialsBody = `grant_type=client_credentials&resource=${encodeURIComponent(api.identifier)}&scope=${api.scope}`

export const clientCredentials = async (send: Send): Promise<void> =>
  expectOk(await send('POST', '/oauth2/token', form, clientCredentialsBody), '"access_token"')

/** A fresh connection and the tokens of a fresh session. */
export const signedIn = async (base: string): Promise<{ send: Send; cookie: string; tokens: Tokens }> => {
  const cookie = await signIn(base)
  const send = connection(base)
  return { send, cookie, tokens: await codeFlow(send, cookie) }
}
