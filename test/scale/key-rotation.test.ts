import { setTimeout as sleep } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API, kim, own, seed } from '../flows/subject.ts'
import { type Agent, createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { answerOf, type RelyingParty, relyingParty, type Tokens } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { alone, settingsBeside } from './beside.ts'
import { forCrowds } from './settings.ts'

/** Milliseconds within which every process must have seen a change. */
const PROMISED = 1000
/** Milliseconds of traffic before and after a rotation. */
const TRAFFIC = 3000
const PARTIES = 4
const FOR_API = { scope: 'openid orders:read', resource: API }

let deployment: Deployment

const keys = (...args: string[]) =>
  gatehouse(deployment, ['keys', ...args], { env: settingsBeside(deployment) })

const jwksOf = async ({ issuer }: { issuer: string }): Promise<JSONWebKeySet> =>
  JSON.parse(await (await fetch(`${issuer}/oauth2/jwks`)).text())

/** An application that checks every signature, with the keys that it loaded first and keeps. */
const strictParty = async (): Promise<RelyingParty> => {
  const party = await relyingParty(deployment.issuer, own)
  oidc.enableNonRepudiationChecks(party.config)
  return party
}

const kidOf = (token = ''): unknown => decodeProtectedHeader(token).kid

const silentAt = async (agent: Agent, party: RelyingParty, parameters: Record<string, string> = {}) => {
  const { url } = await party.leave({ prompt: 'none', ...parameters })
  return agent.get(url, { stopAt: own.redirectUri })
}

interface Signed {
  idToken: string
  accessToken: string
}

/** Applications and an API that verify with what they know since `known` was loaded; none may fail. */
const startTraffic = async (known: JSONWebKeySet) => {
  const signed: Signed[] = []
  let over = false
  const verify = createLocalJWKSet(known)
  const work = async (): Promise<void> => {
    const party = await strictParty()
    const agent = createAgent()
    while (!over) {
      const tokens: Tokens = await party.signIn(agent, kim, FOR_API)
      await jwtVerify(tokens.access_token, verify, { issuer: deployment.issuer })
      await jwtVerify(tokens.id_token ?? '', verify, { issuer: deployment.issuer })
      const renewed = await oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '')
      await jwtVerify(renewed.access_token, verify, { issuer: deployment.issuer })
      signed.push({ idToken: tokens.id_token ?? '', accessToken: tokens.access_token })
      await sleep(50)
    }
  }
  const all = Promise.all(Array.from({ length: PARTIES }, work))
  // Looked at when it is over.
  all.catch(() => undefined)
  return {
    signed,
    async end() {
      over = true
      await all
    },
  }
}

describe.skipIf(!services())('keys change under three processes', () => {
  describe('signing keys', () => {
    let before: { known: JSONWebKeySet; agent: Agent; party: RelyingParty; tokens: Tokens }

    beforeAll(async () => {
      deployment = await startDeployment({ seed, env: forCrowds })
      const agent = createAgent()
      const party = await strictParty()
      const tokens = await party.signIn(agent, kim)
      before = { known: await jwksOf(deployment), agent, party, tokens }
    })
    afterAll(() => deployment?.stop())

    it('R-18 a rotation under traffic fails no verification, and every process signs with the new key', async () => {
      const traffic = await startTraffic(before.known)
      await sleep(TRAFFIC)
      expect(await keys('rotate', '--force')).toMatchObject({ code: 0, err: '' })
      await sleep(PROMISED)
      const follows = traffic.signed.length
      await sleep(TRAFFIC)
      await traffic.end()
      const former = kidOf(before.tokens.id_token)
      const later = traffic.signed.slice(follows + PARTIES)
      expect(later.length).toBeGreaterThan(deployment.processes.length)
      for (const { idToken, accessToken } of later)
        expect([kidOf(idToken), kidOf(accessToken)]).not.toContain(former)
      for (const process of deployment.processes) {
        const verify = createLocalJWKSet(await jwksOf(alone(process)))
        for (const { accessToken } of traffic.signed) await jwtVerify(accessToken, verify)
      }
    })

    it('R-18 every process accepts an ID token of the former key as a hint', async () => {
      const hint = { id_token_hint: before.tokens.id_token ?? '' }
      for (const _ of deployment.processes) {
        const page = await silentAt(before.agent, before.party, hint)
        expect(new URL(answerOf(page)).searchParams.has('code')).toBe(true)
      }
      const statuses = deployment.processes.map(async (process) => {
        const url = `${alone(process).issuer}/oauth2/logout?${new URLSearchParams(hint)}`
        return (await fetch(url)).status
      })
      expect(await Promise.all(statuses)).toEqual([200, 200, 200])
    })

    it('R-18 a key that is withdrawn is refused by every process within a second', async () => {
      const former = String(kidOf(before.tokens.id_token))
      expect(await keys('withdraw', former)).toMatchObject({ code: 0, err: '' })
      await sleep(PROMISED)
      const hint = new URLSearchParams({ id_token_hint: before.tokens.id_token ?? '' })
      for (const process of deployment.processes) {
        const { issuer } = alone(process)
        expect((await jwksOf({ issuer })).keys.map(({ kid }) => kid)).not.toContain(former)
        expect((await fetch(`${issuer}/oauth2/logout?${hint}`)).status).toBe(400)
      }
    })
  })

  describe('cookie keys', () => {
    const [old, fresh] = ['old', 'new'].map((age) => `${age}-cookie-key-of-thirty-two-characters`)
    /** Read at the start of each process. */
    const env: Record<string, string> = { ...forCrowds, COOKIE_KEYS: `${old}` }

    /** Starts every process anew, one after the other, with this list. */
    const roll = async (list: (string | undefined)[]): Promise<void> => {
      env.COOKIE_KEYS = list.join(',')
      for (const process of deployment.processes.slice(-3)) {
        await deployment.add()
        deployment.leaveOut(process)
        expect(await process.stop()).toBe(0)
      }
    }

    beforeAll(async () => {
      deployment = await startDeployment({ seed, env })
    })
    afterAll(() => deployment?.stop())

    it('R-18 sessions and open pages outlive a rotation: known to all, then used by all, then alone', async () => {
      const party = await relyingParty(deployment.issuer, own)
      const agent = createAgent()
      await party.signIn(agent, kim)
      const isIn = async () => new URL(answerOf(await silentAt(agent, party))).searchParams.has('code')
      const pages = async () => {
        const newcomer = createAgent()
        return { newcomer, form: await newcomer.get(`${deployment.issuer}/register`) }
      }
      for (const [step, list] of [[old, fresh], [fresh, old], [fresh]].entries()) {
        const { newcomer, form } = await pages()
        await roll(list)
        for (const _ of deployment.processes) expect(await isIn()).toBe(true)
        const values = { email: `new-${step}@example.com`, password: 'seven otters in the reeds' }
        const { status } = await newcomer.submit(form, '#submit-register', values, { stopAt: '' })
        expect(status).toBe(303)
      }
    }, 120_000)
  })
})
