import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { z } from 'zod'
import { calls } from '../flows/calls.ts'
import { createHolder, type Holder } from '../flows/proofs.ts'
import { API, kim, seedWith, service, shop } from '../flows/subject.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'

export const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

/** Client with a key in place of a secret: its assertions are good once. */
export interface Robot {
  client: object
  assertion(issuer: string): Promise<string>
}

const createRobot = async (): Promise<Robot> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const client = {
    client_id: 'robot',
    redirect_uris: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] },
  }
  const assertion = (issuer: string) => {
    const seconds = Math.floor(Date.now() / 1000)
    const claims = { iss: 'robot', sub: 'robot', aud: issuer, jti: randomUUID() }
    return new SignJWT({ ...claims, iat: seconds, exp: seconds + 60 })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey)
  }
  return { client, assertion }
}

export const robot = await createRobot()
export const seedOfFaults = seedWith([robot.client])

/** A browser and the page that is before it. */
export interface At {
  agent: Agent
  page: Page
}

/** Sessions, tokens and open pages of before the outage: at every endpoint something that is about to succeed. */
export interface Made {
  issuer: string
  party: RelyingParty
  holder: Holder
  tokens: { access: string; refresh: string; jwt: string; ofService: string }
  /** Of a sign-in by the REST API. */
  rest: { access: string; refresh: string }
  /** Fields of a code exchange. */
  code: Record<string, string>
  /** A browser in which Kim is signed in. */
  signedIn: Agent
  signIn: At
  registerIn: At
  consent: At
  register: At
  recover: At
  /** The form of the profile, in the account console. */
  profile: At
  logout: At
  /** An answer of the pages, not yet heard by the engine. */
  resume: { agent: Agent; url: string }
}

/** Leaves for the server and stays at the first page there. */
const arrive = async (party: RelyingParty, agent: Agent, parameters = {}): Promise<At> => ({
  agent,
  page: await agent.get((await party.leave(parameters)).url),
})

const Tokens = z.object({ access_token: z.string(), refresh_token: z.string() })

const restSignIn = async (issuer: string): Promise<Made['rest']> => {
  const answer = await fetch(`${issuer}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: kim.login, password: kim.password }),
  })
  const body: unknown = await answer.json()
  const { access_token: access, refresh_token: refresh } = Tokens.parse(body)
  return { access, refresh }
}

/** Fields of a code exchange that nobody has made yet. */
export const openCode = async (party: RelyingParty, agent: Agent): Promise<Record<string, string>> => {
  const attempt = await party.leave(OFFLINE)
  const callback = new URL(await party.callback(agent, kim, attempt))
  return {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    code_verifier: attempt.codeVerifier,
    redirect_uri: party.redirectUri,
  }
}

/** Presses Allow, and stops before the engine hears of it. */
const openResume = async (party: RelyingParty, issuer: string): Promise<Made['resume']> => {
  const agent = createAgent()
  await party.signIn(agent, kim, OFFLINE)
  const { page } = await arrive(party, agent, OFFLINE)
  const stopAt = `${issuer}/oauth2/authorize`
  const { location } = await agent.submit(page, '#allow', {}, { stopAt })
  if (!location) throw new Error('the pages have not answered the engine')
  return { agent, url: location }
}

const makeTokens = async (party: RelyingParty, issuer: string, agent: Agent): Promise<Made['tokens']> => {
  const ask = calls({ issuer })
  const { access_token: access, refresh_token: refresh = '' } = await party.signIn(agent, kim, OFFLINE)
  const forApi = { scope: 'openid orders:read', resource: API, prompt: 'consent' }
  const jwt = (await party.signIn(agent, kim, forApi)).access_token
  const { body } = await ask.token(service, { grant_type: 'client_credentials' })
  return { access, refresh, jwt, ofService: body.access_token ?? '' }
}

/** @returns what the table of `endpoints.ts` makes its requests of */
export const make = async (issuer: string): Promise<Made> => {
  const party = await relyingParty(issuer, shop)
  const [signedIn, atRegister, stranger] = [createAgent(), createAgent(), createAgent()]
  const forgetful = createAgent()
  const tokens = await makeTokens(party, issuer, signedIn)
  const signIn = await arrive(party, createAgent())
  const second = await arrive(party, stranger)
  return {
    issuer,
    party,
    holder: await createHolder(),
    tokens,
    rest: await restSignIn(issuer),
    code: await openCode(party, signedIn),
    signedIn,
    signIn,
    registerIn: { agent: stranger, page: await stranger.follow(second.page, '#to-register') },
    consent: await arrive(party, signedIn, OFFLINE),
    register: { agent: atRegister, page: await atRegister.get(`${issuer}/register`) },
    recover: { agent: forgetful, page: await forgetful.get(`${issuer}/recover`) },
    profile: { agent: signedIn, page: await signedIn.get(`${issuer}/account/profile`) },
    logout: { agent: signedIn, page: await signedIn.get(`${issuer}/oauth2/logout`) },
    resume: await openResume(party, issuer),
  }
}
