import Router from '@koa/router'
import { z } from 'zod'
import type { Words } from '../../i18n.ts'
import type { ConnectedApplication } from '../../oidc/connected-applications.ts'
import { askerView } from '../display.ts'
import { scopeViews } from '../scopes.ts'
import type { ApplicationView } from './locals.ts'
import { dayOf, minuteOf } from './moment.ts'
import { paged } from './paging.ts'
import type { ApplicationParts } from './parts.ts'

const PATH = '/account/applications'

/** `/account/applications`: what may use the account, and the end of that. */
export const applicationRoutes = ({ console, applications, language, addressOf }: ApplicationParts): Router =>
  new Router({ strict: true, sensitive: true })
    .get(
      PATH,
      console.page({
        async show(ctx, visit) {
          const words = language.of(ctx)
          const all = await applications.list(visit.account.sub)
          const { shown, ...place } = paged(ctx, PATH, all)
          const locals = { applications: shown.map((application) => view(application, words)), ...place }
          const rendering = { section: 'applications', words } as const
          return console.render(ctx, visit, 'account-applications', locals, rendering)
        },
      }),
    )
    .post(
      `${PATH}/remove`,
      console.form({
        page: PATH,
        schema: z.object({ client_id: z.string().max(1_000) }),
        async work(ctx, visit, { client_id }) {
          // One that is gone already is no fault: that is what was asked for.
          await applications.remove(visit.account.sub, client_id, addressOf(ctx))
          await console.done(ctx, visit, PATH, 'applications.removed')
        },
        show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
      }),
    )

const view = (
  { asker, scopes, resources, since, lastUsedAt }: ConnectedApplication,
  words: Words,
): ApplicationView => {
  const { name, initial, host, unverified } = askerView(asker)
  return {
    clientId: asker.clientId,
    name,
    initial,
    host,
    unverified,
    scopes: scopeViews({ scopes, resources }, words).map(({ scope, summary }) => ({ scope, summary })),
    since: since === undefined ? undefined : dayOf(since, words),
    lastUsed: lastUsedAt === undefined ? undefined : minuteOf(lastUsedAt, words),
  }
}
