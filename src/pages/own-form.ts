import type { Context } from 'koa'
import type { z } from 'zod'
import { Refusal } from '../errors.ts'
import type { Csrf } from '../http/csrf.ts'
import { type Fields, formFields, parseFields } from '../http/input.ts'
import type { Words } from '../i18n.ts'
import { type FieldFault, faultsNotice, faultTexts, refusalNotice } from './notices.ts'
import { refusedRendering } from './refused.ts'
import type { Refused } from './step.ts'

export interface OwnForm<Values> {
  schema: z.ZodType<Values>
  /** Does the work; ends with a 303 or shows the page again. */
  work(ctx: Context, values: Values): Promise<void>
  /** Shows the page again after a refusal, or throws the refusal. */
  show(ctx: Context, refused: Refused): Promise<void>
}

/** The handler of a POST outside of an interaction: origin, form, token, values, in this order, then the work. */
export const ownForm =
  <Values>({ csrf }: { csrf: Csrf }, { schema, work, show }: OwnForm<Values>) =>
  async (ctx: Context): Promise<void> => {
    let fields: Fields = {}
    try {
      csrf.requireSameOrigin(ctx)
      const given = await formFields(ctx)
      csrf.requireBrowser(ctx, given.csrf)
      fields = given
      await work(ctx, parseFields(given, schema))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await show(ctx, { refusal: error, fields })
    }
  }

/** Why a page is shown again: faults at fields, or a refusal of the whole form. */
export interface Failure {
  faults?: readonly FieldFault[]
  refused?: Refused | undefined
}

/**
 * What a page says of its failure, and with which status.
 *
 * @param order of the fields in the form
 */
export const failureView = (
  ctx: Context,
  words: Words,
  { faults = [], refused }: Failure,
  order: readonly string[],
) => {
  const texts = faultTexts(faults, words)
  const faulty = faults.length > 0 ? faultsNotice(texts, order, words) : undefined
  const notice = refused ? refusalNotice(refused.refusal, words) : faulty
  return {
    notice,
    faults: texts,
    rendering: {
      ...(notice ? { status: 422, failed: true } : {}),
      ...refusedRendering(ctx, refused?.refusal),
    },
  }
}
