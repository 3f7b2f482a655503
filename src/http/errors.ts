import type { Context, Middleware } from 'koa'
import type { Log } from '../domain/observe.ts'
import { Refusal, refuse } from '../errors.ts'
import { REQUEST_ID } from './edge.ts'

export interface ErrorParts {
  log: Pick<Log, 'info' | 'error'>
  /** Answers a refusal: a page for people, its code for programs. */
  answer: (ctx: Context, refusal: Refusal) => void
}

/** Without the stack: anybody can be refused, many times a second, and must not fill the log by it. */
const reasonOf = (cause: unknown): unknown => (cause instanceof Error ? cause.message : cause)

/** The last resort of our own routes (ASVS 16.5.4): a refusal is answered, anything else is logged and answered 500. */
export const errors =
  ({ log, answer }: ErrorParts): Middleware =>
  async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const refusal = error instanceof Refusal ? error : refuse('internal', { cause: error })
      const { code, status, cause } = refusal
      const line = { requestId: ctx.get(REQUEST_ID), error: code }
      if (status >= 500) log.error({ ...line, err: cause }, 'a request could not be answered')
      else log.info({ ...line, cause: reasonOf(cause) }, 'a request was refused')
      answer(ctx, refusal)
    }
  }
