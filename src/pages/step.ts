import type { Context } from 'koa'
import type { z } from 'zod'
import { Refusal } from '../errors.ts'
import type { Csrf } from '../http/csrf.ts'
import { type Fields, formFields, parseFields } from '../http/input.ts'
import { seeOther } from '../http/see-other.ts'
import type { Interaction, Interactions } from '../oidc/interactions.ts'

/** A refused form; `fields` are what the person had typed, if the form can be trusted at all. */
export interface Refused {
  refusal: Refusal
  fields: Fields
}

export interface Step<Values> {
  schema: z.ZodType<Values>
  /** Does the step's work and records what it proved; ends with {@link back} or shows its page again with 422. */
  work(ctx: Context, interaction: Interaction, values: Values): Promise<void>
  /** Shows the step's page again after a refusal. */
  show(ctx: Context, interaction: Interaction, refused: Refused): Promise<void>
}

export const interactionPath = (uid: string, step = ''): string =>
  `/interaction/${encodeURIComponent(uid)}${step && `/${step}`}`

/** Every step ends here: the dispatcher decides what is next. */
export const back = (ctx: Context, uid: string): void => seeOther(ctx, interactionPath(uid))

// Nothing can be shown again of an interaction that is gone.
const isShown = (error: unknown): error is Refusal =>
  error instanceof Refusal && !['start_again', 'registration_closed'].includes(error.code)

/** The handler of a step's POST: origin, form, token, interaction, values, in this order, then the work. */
export const step =
  <Values>(parts: { csrf: Csrf; interactions: Interactions }, { schema, work, show }: Step<Values>) =>
  async (ctx: Context, uid: string): Promise<void> => {
    let fields: Fields = {}
    try {
      parts.csrf.requireSameOrigin(ctx)
      const given = await formFields(ctx)
      parts.csrf.requireInteraction(uid, given.csrf)
      fields = given
      const interaction = await parts.interactions.current(ctx, uid)
      await work(ctx, interaction, parseFields(given, schema))
    } catch (error) {
      if (!isShown(error)) throw error
      const interaction = await parts.interactions.current(ctx, uid).catch(() => {
        throw error
      })
      await show(ctx, interaction, { refusal: error, fields })
    }
  }
