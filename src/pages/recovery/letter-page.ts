import Router from '@koa/router'
import type { Context } from 'koa'
import type { z } from 'zod'
import { type Failure, failureView, ownForm } from '../own-form.ts'
import type { RecoveryLocals } from './locals.ts'
import type { RecoveryParts } from './parts.ts'
import { tokenOf, withToken } from './token.ts'

/** A page to which the link of a letter leads. */
export interface LetterPage<Values> {
  path: string
  /** Of the form; its member `token` is that of the letter. */
  schema: z.ZodType<Values>
  /** Does the work; ends with a 303 or shows a page again. */
  work(ctx: Context, values: Values): Promise<void>
  /** Shows the page for a token, fresh or after a failure. */
  show(ctx: Context, token: string, failure: Failure): Promise<void>
}

/** Its routes: to look at the page changes nothing, as mail scanners do; its form does the work. */
export const letterPage = <Values>(
  parts: RecoveryParts,
  { path, schema, work, show }: LetterPage<Values>,
): Router =>
  new Router({ strict: true, sensitive: true })
    .get(path, (ctx) => show(ctx, tokenOf(ctx), {}))
    .post(
      path,
      ownForm(parts, {
        schema,
        work,
        async show(ctx, refused) {
          if (refused.fields.token === undefined) throw refused.refusal
          await show(ctx, refused.fields.token, { refused })
        },
      }),
    )

/** The page after it, which says that it is done. */
export const doneRoute = (
  { render, language }: RecoveryParts,
  path: string,
  about: RecoveryLocals['proof-done']['about'],
): Router =>
  new Router({ strict: true, sensitive: true }).get(path, (ctx) => {
    render(ctx, 'proof-done', { about }, { words: language.of(ctx), here: path })
  })

/** What every such page needs to be shown, and how it is. */
export const letterView = (
  { language, csrf }: RecoveryParts,
  ctx: Context,
  { path, token, failure }: { path: string; token: string; failure: Failure },
) => {
  const words = language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['password'])
  return {
    form: { notice, csrf: csrf.browserToken(ctx), token, faults },
    rendering: { words, here: withToken(path, token), ...rendering },
  }
}
