import { status } from '@grpc/grpc-js'
import { type ErrorCode, Refusal } from '../errors.ts'

/** A call that is refused: a status, and details that the caller may read. */
export class CallRefusal extends Error {
  override readonly name = 'CallRefusal'
  readonly code: status
  readonly details: string

  constructor(code: status, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

const away = [status.UNAVAILABLE, 'try again soon'] as const

const statuses: Partial<Record<ErrorCode, readonly [status, string]>> = {
  store_unavailable: away,
  busy: away,
  stopping: away,
  too_many_attempts: [status.RESOURCE_EXHAUSTED, 'too many attempts'],
}

/** What a caller is told of an error: nothing from inside. */
export const refusalOf = (error: unknown): CallRefusal => {
  if (error instanceof CallRefusal) return error
  const known = error instanceof Refusal ? statuses[error.code] : undefined
  return new CallRefusal(...(known ?? ([status.INTERNAL, 'internal'] as const)))
}
