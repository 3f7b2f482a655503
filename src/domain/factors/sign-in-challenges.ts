import { z } from 'zod'
import type { Accounts } from '../accounts.ts'
import { digest } from '../digest.ts'
import type { Account, ArtifactStore, Clock } from '../ports.ts'
import type { CodeOutcome, SecondFactors } from './second-factors.ts'

export type ChallengeOutcome =
  /** The account as it is then. `amr` are RFC 8176 methods, of the code alone. */
  | { kind: 'ok'; account: Account; amr: string[] }
  /** Used, expired, unknown, or from before a change that ends sign-ins. */
  | { kind: 'invalid' }
  | Exclude<CodeOutcome, { kind: 'ok' }>

/** What stands between a right password and the second factor, for callers that keep no page open. */
export interface SignInChallenges {
  /** @returns 43 characters, base64url, good once and for 5 minutes; by itself it opens nothing */
  issue(account: Account): Promise<string>
  /**
   * Takes a code. A wrong one leaves the challenge as it is; a right one uses it up: of any number of parallel answers
   * one is `ok`. The function rejects with the refusals `busy` and `store_unavailable`.
   *
   * @param answer.address network address of the client
   */
  answer(answer: { challenge: string; code: string; address: string }): Promise<ChallengeOutcome>
}

export interface SignInChallengeParts {
  accounts: Pick<Accounts, 'find'>
  artifacts: Pick<ArtifactStore, 'put' | 'find' | 'takeOnce'>
  secondFactors: Pick<SecondFactors, 'verifyCode'>
  now: Clock
  /** @param size bytes */
  random: (size: number) => Buffer
}

const MODEL = 'SecondFactorChallenge'
/** Milliseconds. */
const LIFETIME = 5 * 60_000
const CHALLENGE = /^[\w-]{43}$/

const Payload = z.object({
  sub: z.string(),
  validAfter: z.number(),
  passwordChangedAt: z.number().optional(),
})

export const signInChallenges = (parts: SignInChallengeParts): SignInChallenges => {
  const { accounts, artifacts, secondFactors, now, random } = parts

  /** A new password, a disabled account and whatever else ends sessions end the sign-ins that are under way as well. */
  const standing = async (payload: unknown): Promise<Account | undefined> => {
    const { data: issued } = Payload.safeParse(payload)
    const account = issued && (await accounts.find(issued.sub))
    const isSame =
      account?.validAfter === issued?.validAfter && account?.passwordChangedAt === issued?.passwordChangedAt
    return isSame && !account?.disabled ? account : undefined
  }

  return {
    async issue({ sub, validAfter, passwordChangedAt }) {
      const challenge = random(32).toString('base64url')
      const payload = { sub, validAfter, passwordChangedAt }
      const expiresAt = now() + LIFETIME
      await artifacts.put({ model: MODEL, key: digest(challenge), payload, expiresAt, grantId: undefined })
      return challenge
    },
    async answer({ challenge, code, address }) {
      if (!CHALLENGE.test(challenge)) return { kind: 'invalid' }
      const key = digest(challenge)
      const account = await standing((await artifacts.find(MODEL, key))?.payload)
      if (!account) return { kind: 'invalid' }
      const outcome = await secondFactors.verifyCode({ sub: account.sub, code, address })
      if (outcome.kind !== 'ok') return outcome
      const present = await standing((await artifacts.takeOnce(MODEL, key))?.payload)
      return present ? { kind: 'ok', account: present, amr: outcome.amr } : { kind: 'invalid' }
    },
  }
}
