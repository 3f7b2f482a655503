import { z } from 'zod'
import type { RegistrationOutcome } from '../../domain/registration.ts'
import { jsonInput, text } from '../json-input.ts'
import type { Operation, Success } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'

const Body = z.object({ email: text(1_000), password: text(4_096), name: text(1_000).optional() })

const Registered = z.object({
  sub: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  name: z.string().optional(),
})

const problemOf = (outcome: Exclude<RegistrationOutcome, { kind: 'ok' | 'sent' }>): Problem => {
  if (outcome.kind === 'closed') return new Problem('registration_closed')
  if (outcome.kind === 'limited') {
    return new Problem('too_many_attempts', { retryAfter: outcome.retryAfter })
  }
  const isTaken = outcome.faults.every(({ code }) => code === 'email_taken')
  const errors = outcome.faults.map(({ field, code }) => ({ field, code }))
  return new Problem(isTaken ? 'email_taken' : 'invalid_fields', { errors })
}

/** Where addresses are proven first, the answer is the same for every address (X-31, C-24). */
const successOf = (registration: AuthParts['registration']): Success =>
  registration === 'verified'
    ? { status: 202, description: 'A letter is on its way to the address' }
    : { status: 201, description: 'The new account', schema: Registered }

export const register = ({ register: enroll, registration, account, addressOf }: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/register',
  summary: 'Register an account; signing in is the next step',
  body: Body,
  needsToken: false,
  success: successOf(registration),
  problems: ['email_taken', 'invalid_fields', 'registration_closed', 'too_many_attempts'],
  async handle(ctx): Promise<z.output<typeof Registered> | undefined> {
    const { email, password, name } = await jsonInput(ctx, Body)
    const outcome = await enroll({ email, password, name, locale: undefined, address: addressOf(ctx) })
    if (outcome.kind === 'sent') return undefined
    if (outcome.kind !== 'ok') throw problemOf(outcome)
    const created = await account(outcome.account.sub)
    if (!created) throw new Problem('internal')
    return {
      sub: created.sub,
      email: created.email,
      email_verified: created.emailVerified,
      ...(created.name === undefined ? {} : { name: created.name }),
    }
  },
})
