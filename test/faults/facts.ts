import { calls } from '../flows/calls.ts'
import { shop } from '../flows/subject.ts'
import { type Agent, createAgent } from '../support/browserless.ts'
import { type Credentials, passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { type PatientCalls, patient, patientCalls } from './patience.ts'

/** What the server has said yes to: none of it may be otherwise after a crash. */
export interface Facts {
  /** Parameters of code exchanges that succeeded, with what they gave. */
  codes: { fields: Record<string, string>; refreshToken: string }[]
  /** Refresh tokens that were presented last, answered or not: each has a successor, or is good itself. */
  refreshTokens: string[]
  revoked: string[]
  accounts: Credentials[]
  /** `Cookie` headers of sessions that were ended. */
  ended: string[]
  /** `Cookie` headers of sessions that were not. */
  alive: string[]
}

export const noFacts = (): Facts => ({
  codes: [],
  refreshTokens: [],
  revoked: [],
  accounts: [],
  ended: [],
  alive: [],
})

interface Witness {
  issuer: string
  ask: PatientCalls
  party: RelyingParty
  newBrowser(): Agent
}

/** One sentence for each fact that the server denies. */
export const contradictions = async (issuer: string, facts: Facts): Promise<string[]> => {
  // "Later" denies nothing.
  const laters = { count: 0 }
  const witness = {
    issuer,
    ask: patientCalls(calls({ issuer }), laters),
    party: await relyingParty(issuer, shop),
    newBrowser: () => patient(createAgent(), laters),
  }
  const found = [
    ...(await denied('an issued refresh token is dead', facts.refreshTokens, isGood, witness)),
    ...(await denied('a revoked token lives', facts.revoked, isRevoked, witness)),
    ...(await denied('an account is gone', facts.accounts, exists, witness)),
    ...(await denied('an ended session lives', facts.ended, isLoggedOut, witness)),
    ...(await denied('a session is gone', facts.alive, isLoggedIn, witness)),
    ...(await denied('what a code gave is dead', facts.codes, gaveTokens, witness)),
  ]
  // Last, because it revokes what the code gave.
  return [...found, ...(await denied('a used code is good again', facts.codes, isUsed, witness))]
}

/** So many at once that the queue of password hashes has room for all. */
const AT_ONCE = 50

const denied = async <Fact>(
  sentence: string,
  facts: Fact[],
  holds: (fact: Fact, witness: Witness) => Promise<boolean>,
  witness: Witness,
): Promise<string[]> => {
  const answers: boolean[] = []
  for (let first = 0; first < facts.length; first += AT_ONCE) {
    const some = facts.slice(first, first + AT_ONCE)
    answers.push(...(await Promise.all(some.map((fact) => holds(fact, witness)))))
  }
  return answers.filter((answer) => !answer).map(() => sentence)
}

const isGood = async (token: string, { ask }: Witness) => (await ask.refresh(shop, token)).status === 200

const isRevoked = async (token: string, { ask }: Witness) =>
  (await ask.introspect(shop, token)).body.active === false && (await ask.refresh(shop, token)).status === 400

const exists = async (person: Credentials, { party, newBrowser }: Witness) => {
  const { url } = await party.leave()
  const agent = newBrowser()
  const page = await passGate(agent, await agent.get(url), person, { stopAt: shop.redirectUri })
  return page.location?.includes('code=') ?? false
}

/** The answer to a silent authorization request with this cookie. */
const silent = async (cookie: string, { party, newBrowser }: Witness): Promise<URLSearchParams> => {
  const { url } = await party.leave({ prompt: 'none' })
  const page = await newBrowser().get(url, { stopAt: shop.redirectUri, headers: { cookie } })
  return new URL(answerOf(page)).searchParams
}
const isLoggedIn = async (cookie: string, witness: Witness) => (await silent(cookie, witness)).has('code')
const isLoggedOut = async (cookie: string, witness: Witness) =>
  (await silent(cookie, witness)).get('error') === 'login_required'

const gaveTokens = ({ refreshToken }: Facts['codes'][number], witness: Witness) =>
  isGood(refreshToken, witness)

const isUsed = async ({ fields, refreshToken }: Facts['codes'][number], { ask }: Witness) => {
  const { status, body } = await ask.token(shop, fields)
  const isRefused = status === 400 && body.error === 'invalid_grant'
  return isRefused && (await ask.refresh(shop, refreshToken)).status === 400
}
