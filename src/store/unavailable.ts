import { type Refusal, refuse } from '../errors.ts'

/** Seconds after which a caller may try again. */
const RETRY_AFTER = 2

/** What every call of a store that is away rejects with; `cause` goes to the log only. */
export const storeUnavailable = (cause: unknown): Refusal =>
  refuse('store_unavailable', { cause, retryAfter: RETRY_AFTER })
