import Router from '@koa/router'
import type { Context } from 'koa'
import { Refusal, refuse } from '../errors.ts'
import { type Fields, formFields, parseFields } from '../http/input.ts'
import { seeOther } from '../http/see-other.ts'
import type { RegisterParts } from './parts.ts'
import { type RegisterFailure, RegisterForm, registerFrom, SENT, showRegister } from './steps/register.ts'

const PATH = '/register'
const DONE = '/register/done'

/** Registration without an application that waits for it. */
export const registerRoutes = (parts: RegisterParts & { playground: boolean }): Router => {
  const show = (ctx: Context, failure: RegisterFailure): void => {
    if (!parts.registrationOpen) throw refuse('registration_closed')
    const place = {
      asker: undefined,
      csrf: parts.csrf.browserToken(ctx),
      action: PATH,
      signInPath: '/account',
    }
    showRegister(parts, ctx, place, parts.language.of(ctx), failure)
  }
  const submit = async (ctx: Context, fields: Fields): Promise<void> => {
    const values = parseFields(fields, RegisterForm)
    const outcome = await registerFrom(parts, ctx, values, parts.language.of(ctx))
    if (outcome.kind === 'ok') return seeOther(ctx, DONE)
    if (outcome.kind === 'sent') return seeOther(ctx, SENT)
    show(ctx, { fields: { email: values.email, name: values.name ?? '' }, faults: outcome.faults })
  }
  const post = async (ctx: Context): Promise<void> => {
    let fields: Fields = {}
    try {
      parts.csrf.requireSameOrigin(ctx)
      const given = await formFields(ctx)
      parts.csrf.requireBrowser(ctx, given.csrf)
      fields = given
      await submit(ctx, fields)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'registration_closed') throw error
      show(ctx, { fields, refused: { refusal: error, fields } })
    }
  }
  return new Router({ strict: true, sensitive: true })
    .get(PATH, (ctx) => show(ctx, { fields: {} }))
    .post(PATH, post)
    .get(DONE, (ctx) => {
      const rendering = { words: parts.language.of(ctx), here: DONE }
      parts.render(ctx, 'registered', { playground: parts.playground }, rendering)
    })
}
