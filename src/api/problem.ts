import type { Context } from 'koa'
import { catalogue } from '../errors.ts'
import { REQUEST_ID } from '../http/edge.ts'
import { TWO_FACTORS } from '../oidc/acr.ts'

/** Every problem that a program may get, by its stable `code`: the status, and a title for people who read logs. */
export const problems = {
  bad_request: [catalogue.bad_request, 'The request is malformed'],
  wrong_credentials: [401, 'The e-mail address or the password is wrong'],
  mfa_required: [401, 'The password is right; a second factor is wanted'],
  wrong_code: [401, 'The code is wrong or was used before'],
  invalid_challenge: [401, 'The challenge is used, expired or unknown; sign in again'],
  mfa_enrolment_required: [403, 'The account has to set up a second factor in the browser first'],
  deletion_pending: [403, 'The owner of the account has asked for its deletion'],
  invalid_proof: [400, 'The token of the letter is used, expired or unknown'],
  mail_unavailable: [501, 'This server sends no mail'],
  invalid_token: [401, 'The token is missing, expired, revoked or not for this API'],
  insufficient_scope: [403, 'The caller does not hold the scope that this call wants'],
  insufficient_user_authentication: [401, 'The token is of one factor; sign in again with both'],
  registration_closed: [catalogue.registration_closed, 'Registration is closed'],
  beyond_own_permissions: [403, 'That would hand on permissions that the caller does not have'],
  not_found: [catalogue.not_found, 'There is nothing here'],
  method_not_allowed: [catalogue.method_not_allowed, 'The method is not allowed here'],
  email_taken: [409, 'The e-mail address has an account already'],
  taken: [409, 'There is one of this name already'],
  in_use: [409, 'It is in use'],
  built_in: [409, 'It is built in and cannot be changed'],
  last_admin: [409, 'Nobody else would be left who can administer'],
  account_disabled: [409, 'The account is disabled'],
  no_secret: [409, 'The client does not authenticate with a secret'],
  not_yet: [409, 'It is too early for that'],
  overtaken: [409, 'Somebody else did the same at this moment'],
  request_in_progress: [409, 'A request with this Idempotency-Key is still running'],
  precondition_failed: [412, 'It has changed since it was read; read it again'],
  too_large: [catalogue.too_large, 'The request is too large'],
  unsupported_media_type: [
    catalogue.unsupported_media_type,
    'The body is not of the media type that this call takes',
  ],
  invalid_fields: [422, 'Fields have values that are not accepted'],
  idempotency_key_reused: [422, 'This Idempotency-Key came with another body before'],
  precondition_required: [428, 'The header If-Match is missing'],
  too_many_attempts: [catalogue.too_many_attempts, 'Too many attempts; try again later'],
  busy: [catalogue.busy, 'Too much to do at the moment; try again'],
  store_unavailable: [catalogue.store_unavailable, 'The store does not answer; try again'],
  internal: [catalogue.internal, 'Something went wrong inside'],
} as const

export type ProblemCode = keyof typeof problems

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)

/** All of them, in the order above. */
export const problemCodes: readonly ProblemCode[] = Object.keys(problems).filter(isProblemCode)

/** A field and the code of what is wrong with it. */
export interface FieldFault {
  field: string
  code: string
  /** For who writes the request: what is wanted instead. */
  wanted?: string
}

/** A problem that travels as an exception (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly retryAfter: number | undefined
  readonly errors: readonly FieldFault[]
  /** Members of this kind of problem (RFC 9457 §3.2). */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(
    code: ProblemCode,
    details: Partial<Pick<Problem, 'retryAfter' | 'errors' | 'extensions'>> = {},
  ) {
    super(code)
    this.code = code
    this.retryAfter = details.retryAfter
    this.errors = details.errors ?? []
    this.extensions = details.extensions ?? {}
  }
}

/** RFC 9110 §15.5.2, RFC 6750 §3, RFC 9470 §3. */
const challengeOf = (code: ProblemCode): string => {
  if (code === 'invalid_token') return `Bearer error="${code}"`
  return code === 'insufficient_user_authentication'
    ? `Bearer error="${code}", acr_values="${TWO_FACTORS}"`
    : 'Bearer'
}

/** Answers with `application/problem+json` (RFC 9457 §3). */
export const answerProblem = (
  ctx: Context,
  {
    code,
    retryAfter,
    errors = [],
    extensions = {},
  }: Pick<Problem, 'code'> & Partial<Pick<Problem, 'retryAfter' | 'errors' | 'extensions'>>,
): void => {
  const [status, title] = problems[code]
  ctx.status = status
  if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter))
  if (status === 401) ctx.set('WWW-Authenticate', challengeOf(code))
  ctx.type = 'application/problem+json'
  ctx.body = {
    ...extensions,
    type: 'about:blank',
    title,
    status,
    code,
    request_id: ctx.get(REQUEST_ID),
    ...(errors.length > 0 ? { errors } : {}),
  }
}
