import type { Context, Middleware } from 'koa'
import type { z } from 'zod'
import { Refusal } from '../../errors.ts'
import type { Csrf } from '../../http/csrf.ts'
import { type Fields, formFields, parseFields } from '../../http/input.ts'
import { seeOther } from '../../http/see-other.ts'
import type { Words } from '../../i18n.ts'
import type { PageLocals, PageName } from '../page-locals.ts'
import type { PageParts } from '../parts.ts'
import type { Rendering } from '../render.ts'
import type { Refused } from '../step.ts'
import type { Guards } from './guards.ts'
import type { ConsoleSessions, Visit } from './session.ts'
import type { Section } from './shell.ts'
import type { StartSignIn } from './sign-in.ts'

/** Asks for a proof from the last ten minutes first. */
type Sensitive = boolean | ((visit: Visit) => boolean)

export interface ConsolePage {
  isSensitive?: Sensitive
  show(ctx: Context, visit: Visit): Promise<void> | void
}

export interface ConsoleForm<Values> {
  schema: z.ZodType<Values>
  /** Path that shows the form by GET; the person comes back to it from a sign-in. */
  page: string | ((ctx: Context) => string)
  isSensitive?: Sensitive
  /** Does the work; ends with {@link Console.done}, or shows the page again with 422. */
  work(ctx: Context, visit: Visit, values: Values): Promise<void>
  /** Shows the page again after a refusal. */
  show(ctx: Context, visit: Visit, refused: Refused): Promise<void> | void
}

/** `status` and `failed` as `failureView` says for a form that was not accepted. */
export interface ConsoleRendering extends Pick<Rendering, 'status' | 'failed'> {
  section: Section
  words?: Words
}

/** What makes a page a page of the console. */
export interface Console extends Guards {
  /** The handler of a GET. */
  page(page: ConsolePage): Middleware
  /** The handler of a POST: origin, session, form, token, values, in this order, then the work. */
  form<Values>(form: ConsoleForm<Values>): Middleware
  render<P extends PageName>(
    ctx: Context,
    visit: Visit,
    page: P,
    locals: PageLocals[P],
    rendering: ConsoleRendering,
  ): Promise<void>
  /** Ends a form that was accepted: 303 to a page of the console, which says what was done. */
  done(ctx: Context, visit: Visit, path: string, key: string): Promise<void>
  /** The same where the work has ended the visit, but not the browser session: through the engine, which asks nothing. */
  enterAgain(ctx: Context, path: string, key: string): Promise<void>
}

export interface ConsoleFrameParts extends PageParts {
  csrf: Csrf
  sessions: ConsoleSessions
  guards: Guards
  startSignIn: StartSignIn
}

export const accountConsole = (parts: ConsoleFrameParts): Console => {
  const { guards, sessions, csrf, startSignIn } = parts
  return {
    ...guards,
    page: ({ isSensitive, show }) => {
      const enter = entrance(guards, isSensitive)
      return async (ctx) => {
        const visit = await enter(ctx)
        if (visit) await show(ctx, visit)
      }
    },
    form: (form) => formHandler(parts, form),
    async render(ctx, visit, page, locals, { section, words = parts.language.of(ctx), ...rendering }) {
      const waiting = await sessions.takeDone(visit)
      const done = waiting && { tone: waiting.tone, text: words.t(waiting.key) }
      parts.render(ctx, page, locals, {
        words,
        here: ctx.method === 'GET' ? ctx.url : undefined,
        shell: { csrf: csrf.consoleToken(visit.id), path: ctx.path, section, done },
        ...rendering,
      })
    },
    async done(ctx, visit, path, key) {
      await sessions.leave(visit, { key, tone: 'good' })
      seeOther(ctx, path)
    },
    enterAgain: (ctx, to, key) => startSignIn(ctx, { to, demand: {}, done: { key, tone: 'good' } }),
  }
}

const entrance =
  ({ requireConsole, insist }: Guards, isSensitive: Sensitive = false): Guards['requireConsole'] =>
  async (ctx, page) => {
    const visit = await requireConsole(ctx, page)
    if (!visit) return undefined
    const isAsked = typeof isSensitive === 'boolean' ? isSensitive : isSensitive(visit)
    return !isAsked || (await insist(ctx, visit, page)) ? visit : undefined
  }

const formHandler = <Values>(
  { csrf, guards }: ConsoleFrameParts,
  { schema, page, isSensitive, work, show }: ConsoleForm<Values>,
): Middleware => {
  const enter = entrance(guards, isSensitive)
  return async (ctx) => {
    csrf.requireSameOrigin(ctx)
    const visit = await enter(ctx, typeof page === 'string' ? page : page(ctx))
    if (!visit) return
    let fields: Fields = {}
    try {
      const given = await formFields(ctx)
      csrf.requireConsole(visit.id, given.csrf)
      fields = given
      await work(ctx, visit, parseFields(given, schema))
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 404) throw error
      await show(ctx, visit, { refusal: error, fields })
    }
  }
}
