import Router from '@koa/router'
import { dayOf } from './moment.ts'
import type { SecurityParts } from './parts.ts'

/** `/account/security`: how the person proves who they are, one panel for each way. */
export const securityRoutes = ({ console, language, panels }: SecurityParts): Router =>
  new Router({ strict: true, sensitive: true }).get(
    '/account/security',
    console.page({
      async show(ctx, visit) {
        const words = language.of(ctx)
        const { password, passwordChangedAt } = visit.account
        const locals = {
          hasPassword: password !== undefined,
          passwordChanged: passwordChangedAt === undefined ? undefined : dayOf(passwordChangedAt, words),
          panels: await Promise.all(
            panels.map(async ({ part, view }) => ({ part, view: await view(ctx, visit, words) })),
          ),
        }
        return console.render(ctx, visit, 'account-security', locals, { section: 'security', words })
      },
    }),
  )
