import { z } from 'zod'
import { jsonInput, text } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { signedIn } from './signed-in.ts'
import { TokenAnswer } from './tokens.ts'

const Body = z.object({ email: text(1_000), password: text(4_096) })

const SecondFactorDue = z.object({
  /** For `POST /auth/login/mfa`. */
  challenge: z.string(),
  /** What that call takes a code of; passkeys need a browser. */
  methods: z.array(z.enum(['totp', 'recovery_code'])),
})
const EnrolmentDue = z.object({
  /** Page where the person sets up a second factor. */
  enrolment_uri: z.string(),
})

/** Equal for a wrong password and an account that does not exist, in time as well: see `domain/sign-in.ts`. */
export const login = (parts: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/login',
  summary: 'Sign in with e-mail address and password',
  body: Body,
  needsToken: false,
  success: { status: 200, description: 'Tokens for the API of this server', schema: TokenAnswer },
  problems: [
    'wrong_credentials',
    'mfa_required',
    'mfa_enrolment_required',
    'deletion_pending',
    'too_many_attempts',
  ],
  extensions: { mfa_required: SecondFactorDue, mfa_enrolment_required: EnrolmentDue },
  async handle(ctx) {
    const { email, password } = await jsonInput(ctx, Body)
    const outcome = await parts.signIn({ login: email, password, address: parts.addressOf(ctx) })
    if (outcome.kind === 'limited') {
      throw new Problem('too_many_attempts', { retryAfter: outcome.retryAfter })
    }
    if (outcome.kind === 'wrong') throw new Problem('wrong_credentials')
    if (outcome.due === 'ask') throw await secondFactorDue(parts, outcome.account)
    if (outcome.due === 'enrol') {
      const extensions: z.output<typeof EnrolmentDue> = { enrolment_uri: parts.links.security() }
      throw new Problem('mfa_enrolment_required', { extensions })
    }
    return signedIn(parts, ctx, { account: outcome.account, amr: ['pwd'] })
  },
})

const secondFactorDue = async (
  { secondFactors, signInChallenges }: Pick<AuthParts, 'secondFactors' | 'signInChallenges'>,
  account: Parameters<AuthParts['signInChallenges']['issue']>[0],
): Promise<Problem> => {
  const extensions: z.output<typeof SecondFactorDue> = {
    challenge: await signInChallenges.issue(account),
    methods: secondFactors.methods(account).filter((method) => method !== 'passkey'),
  }
  return new Problem('mfa_required', { extensions })
}
