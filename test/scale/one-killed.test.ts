import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { calls } from '../flows/calls.ts'
import { createHolder } from '../flows/proofs.ts'
import { kim, own, seed, shop, spa } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type Credentials, passGate } from '../support/person.ts'
import { answerOf, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { ASKED_AGAIN, OFFLINE, startCrowd } from './life.ts'
import { forCrowds, isLong } from './settings.ts'

const CROWD = { visitors: 10, members: 4, chains: 5, newcomers: 1 }
/** Milliseconds of work before and after a kill. */
const WORK = 3000
const KILLS = isLong ? 20 : 2
let deployment: Deployment

/** A public client with tokens that are bound to its key, the proof that it used, and a nonce of the server. */
const boundTo = async (person: Credentials) => {
  const { prove } = await createHolder()
  const request = { htm: 'POST', htu: `${deployment.issuer}/oauth2/token` }
  const proveWith = (nonce: string) => prove(request, { claims: { nonce } })
  const ask = calls(deployment)
  const party = await relyingParty(deployment.issuer, spa)
  const attempt = await party.leave(OFFLINE)
  const callback = new URL(await party.callback(createAgent(), person, attempt))
  const exchange = (dpop: string) =>
    ask.token(
      spa,
      {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        code_verifier: attempt.codeVerifier,
        redirect_uri: spa.redirectUri,
      },
      { dpop },
    )
  const unknown = await exchange(await proveWith('made up'))
  const nonce = unknown.headers.get('dpop-nonce') ?? ''
  const proof = await proveWith(nonce)
  const { body } = await exchange(proof)
  const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' }
  return { proof, nonce, proveWith, refresh: (dpop: string) => ask.token(spa, fields, { dpop }) }
}

describe.skipIf(!services())('R-17 one of three processes is killed', () => {
  describe('under load', () => {
    beforeAll(async () => {
      deployment = await startDeployment({ seed, env: forCrowds })
    })
    afterAll(() => deployment?.stop())

    it(`fails only requests that were under way, and no family, session or account is lost (${KILLS} times)`, async () => {
      const crowd = await startCrowd(deployment.issuer, CROWD)
      const { told } = crowd
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(WORK)
        const [before, failed] = [told.flows, told.failures.length]
        const victim = deployment.processes[kill]
        await victim?.kill()
        const gone = Date.now()
        await sleep(WORK)
        const since = told.failures.slice(failed)
        // The proxy sends nothing to whom does not take it, so what began later was never there.
        expect(since.filter(({ began }) => began > gone)).toEqual([])
        expect(since.filter(({ step }) => step === ASKED_AGAIN)).toEqual([])
        expect(told.flows).toBeGreaterThan(before)
        if (victim) deployment.leaveOut(victim)
        await deployment.add()
      }
      await crowd.end()
      expect(told.families).not.toEqual([])
      const ask = calls(deployment)
      for (const token of told.families) expect((await ask.refresh(shop, token)).status).toBe(200)
    }, 600_000)
  })

  describe('after it alone has answered so far', () => {
    beforeAll(async () => {
      deployment = await startDeployment({ seed, processes: 1, env: forCrowds })
    })
    afterAll(() => deployment?.stop())
    afterEach(() => expect(deployment.processes).toHaveLength(3))

    it('the others go on with its pages, sessions, tokens, forms, nonces and cookies', async () => {
      const party = await relyingParty(deployment.issuer, shop)
      const ours = await relyingParty(deployment.issuer, own)
      const ask = calls(deployment)
      const signedIn = createAgent()
      const tokens = await party.signIn(signedIn, kim, OFFLINE)
      const code = await party.leave()
      const callback = await party.callback(signedIn, kim, code)
      const waiting = createAgent()
      const attempt = await ours.leave()
      const page = await waiting.get(attempt.url)
      const newcomer = createAgent()
      const form = await newcomer.get(`${deployment.issuer}/register`)
      const leaving = createAgent()
      await ours.signIn(leaving, kim)
      const confirmation = await leaving.get(`${deployment.issuer}/oauth2/logout`)
      const holder = await boundTo(kim)

      await Promise.all([deployment.add(), deployment.add()])
      await deployment.processes[0]?.kill()

      const answer = await passGate(waiting, page, kim, { stopAt: own.redirectUri })
      expect((await ours.arrive(answerOf(answer), attempt)).claims()?.sub).toBe(tokens.claims()?.sub)
      expect((await party.arrive(callback, code)).claims()?.sub).toBe(tokens.claims()?.sub)
      const silent = await party.leave({ prompt: 'none' })
      const back = await signedIn.get(silent.url, { stopAt: shop.redirectUri })
      expect(new URL(answerOf(back)).searchParams.has('code')).toBe(true)
      expect(await ask.isActive(shop, tokens.access_token)).toBe(true)
      expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(200)
      const values = { email: 'new@example.com', password: 'seven otters in the reeds' }
      const registered = await newcomer.submit(form, '#submit-register', values, { stopAt: '' })
      expect(registered.status).toBe(303)
      expect((await leaving.submit(confirmation, '#logout-yes', {}, { stopAt: '' })).status).toBe(303)
      // A nonce of the one that is gone is good; a proof that it has seen is not, whoever sees it next.
      expect((await holder.refresh(holder.proof)).status).toBe(400)
      expect((await holder.refresh(await holder.proveWith(holder.nonce))).status).toBe(200)
    })
  })
})
