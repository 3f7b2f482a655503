import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { API, kim, own, startSubject } from '../flows/subject.ts'
import { type Agent, createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { type Attempt, type RelyingParty, relyingParty, type Tokens } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'

interface Listed {
  alg: string
  state: string
  kid: string
}

const PATIENCE = 10_000
let server: RunningServer
let party: RelyingParty
/** From before the rotation: what a relying party has cached, a session, its tokens, and a sign-in begun. */
let before: {
  keys: JSONWebKeySet
  listed: Listed[]
  agent: Agent
  tokens: Tokens
  api: Tokens
  begun: Attempt
}

const keys = (...args: string[]) => gatehouse(server, ['keys', ...args])
const published = async (): Promise<JSONWebKeySet> =>
  JSON.parse(await (await fetch(`${server.issuer}/oauth2/jwks`)).text())
const kids = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid)
const kidOf = (token = ''): unknown => decodeProtectedHeader(token).kid
const list = async (): Promise<Listed[]> =>
  [...(await keys('list')).out.matchAll(/^(\S+) +(\S+) +since \d{4}-\d\d-\d\dT\d\d:\d\dZ +(\S+)$/gm)].map(
    ([, alg = '', state = '', kid = '']) => ({ alg, state, kid }),
  )
const kidIn = (listed: Listed[], state: string): string =>
  listed.find((key) => key.alg === 'ES256' && key.state === state)?.kid ?? ''
const verify = (token: string, keySet: JSONWebKeySet) =>
  jwtVerify(token, createLocalJWKSet(keySet), { issuer: server.issuer })

beforeAll(async () => {
  server = await startSubject()
  party = await relyingParty(server.issuer, own)
  const agent = createAgent()
  const tokens = await party.signIn(agent, kim)
  const api = await party.signIn(agent, kim, { scope: 'openid orders:read', resource: API })
  before = { keys: await published(), listed: await list(), agent, tokens, api, begun: await party.leave() }
})
afterAll(() => server?.stop())

it('publishes for each algorithm the key that signs and the next one, and lists the same', async () => {
  expect(before.listed.map(({ alg, state }) => `${alg} ${state}`)).toEqual([
    'ES256 current',
    'RS256 current',
    'ES256 next',
    'RS256 next',
  ])
  expect(kids(before.keys)).toEqual(before.listed.map(({ kid }) => kid))
  expect(kidOf(before.tokens.id_token)).toBe(kidIn(before.listed, 'current'))
})

it('does not rotate while relying parties may not know the next key, and says when it will', async () => {
  const { code, out, err } = await keys('rotate')
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^Applications may not have seen the next keys yet\. Possible at \d{4}-/)
  expect(await published()).toEqual(before.keys)
})

it('does not withdraw a key that signs, or one that nobody knows', async () => {
  for (const kid of [kidIn(before.listed, 'current'), kidIn(before.listed, 'next'), 'nobody']) {
    const { code, err } = await keys('withdraw', kid)
    expect(code).toBe(1)
    expect(err).toContain(`There is no retired key "${kid}"`)
  }
  expect(await published()).toEqual(before.keys)
})

it('R-18 rotates under a running server: the next key signs, and the former one stays published', async () => {
  const first = await before.agent.get(before.begun.url, { stopAt: '' })
  expect(await keys('rotate', '--force')).toMatchObject({ code: 0, err: '' })
  await vi.waitFor(async () => expect((await published()).keys).toHaveLength(6), PATIENCE)
  const fresh = await party.signIn(createAgent(), kim)
  expect(kidOf(fresh.id_token)).toBe(kidIn(before.listed, 'next'))
  expect(kids(await published())).toEqual(expect.arrayContaining(kids(before.keys)))
  // What was signed before is accepted, and what is signed now by whoever still has the former key set.
  await verify(before.api.access_token, await published())
  await verify(fresh.id_token ?? '', before.keys)
  expect(first.status).toBe(303)
})

it('finishes after the rotation what was begun before: a sign-in, and a session', async () => {
  const callback = await party.callback(before.agent, kim, before.begun)
  const tokens = await party.arrive(callback, before.begun)
  expect(tokens.claims()?.sub).toBe(before.tokens.claims()?.sub)
  const renewed = await oidc.refreshTokenGrant(party.config, before.tokens.refresh_token ?? '')
  expect(kidOf(renewed.id_token)).toBe(kidIn(before.listed, 'next'))
})

it('R-18 accepts an ID token of the former key as a hint, for silent sign-in and for logout', async () => {
  const hint = { id_token_hint: before.tokens.id_token ?? '' }
  const silent = await party.leave({ prompt: 'none', ...hint })
  const answer = await before.agent.get(silent.url, { stopAt: own.redirectUri })
  expect(new URL(answer.location ?? '').searchParams.get('code')).not.toBeNull()
  const logout = await before.agent.get(`${server.issuer}/oauth2/logout?${new URLSearchParams(hint)}`)
  expect([logout.status, logout.has('#logout-yes')]).toEqual([200, true])
})

it('takes a leaked key away from a running server, and then refuses what it signed', async () => {
  const leaked = kidIn(before.listed, 'current')
  expect(await keys('withdraw', leaked)).toMatchObject({ code: 0, err: '' })
  await vi.waitFor(async () => expect(kids(await published())).not.toContain(leaked), PATIENCE)
  expect((await published()).keys).toHaveLength(5)
  await expect(verify(before.api.access_token, await published())).rejects.toThrow('no applicable key')
  const hint = new URLSearchParams({ id_token_hint: before.tokens.id_token ?? '' })
  expect((await before.agent.get(`${server.issuer}/oauth2/logout?${hint}`)).status).toBe(400)
})

it('publishes no private part of a key', async () => {
  const members = new Set((await published()).keys.flatMap((key) => Object.keys(key)))
  expect([...members].filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name))).toEqual([])
})
