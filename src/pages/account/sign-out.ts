import Router from '@koa/router'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import type { ConsoleClient } from '../../oidc/console-client.ts'
import type { ConsoleParts } from './parts.ts'
import type { ConsoleSessions } from './session.ts'

export interface SignOutParts extends ConsoleParts {
  client: Pick<ConsoleClient, 'logoutPath'>
  visits: Pick<ConsoleSessions, 'end'>
}

/** Ends the visit to the console; whether the browser session ends with it, the engine asks (RP-Initiated Logout §2). */
export const signOutRoute = ({ console, client, visits, language }: SignOutParts): Router =>
  new Router({ strict: true, sensitive: true }).post(
    '/account/sign-out',
    console.form({
      page: '/account',
      schema: z.object({}),
      async work(ctx) {
        await visits.end(ctx)
        seeOther(ctx, client.logoutPath(language.of(ctx).locale))
      },
      show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
    }),
  )
