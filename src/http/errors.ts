import type { Context, Middleware } from 'koa'
import type { Log } from '../domain/observe.ts'
import { Refusal, refuse } from '../errors.ts'
import { REQUEST_ID } from './edge.ts'

export interface ErrorParts {
  log: Pick<Log, 'info' | 'error'>
  /** Answers a refusal: a page for people, its code for programs. */
  answer: (ctx: Context, refusal: Refusal) => void
}

/** The last resort of our own routes (ASVS 16.5.4): a refusal is answered, anything else is logged and answered 500. */
export const errors =
  ({ log, answer }: ErrorParts): Middleware =>
  async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const refusal = error instanceof Refusal ? error : refuse('internal', { cause: error })
      const line = { requestId: ctx.get(REQUEST_ID), error: refusal.code, err: refusal.cause }
      if (refusal.status >= 500) log.error(line, 'a request could not be answered')
      else log.info(line, 'a request was refused')
      answer(ctx, refusal)
    }
  }
