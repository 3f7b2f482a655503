import Router from '@koa/router'
import { z } from 'zod'
import type { DataParts } from './parts.ts'

/** `POST /account/data`: everything that is stored about the person, as a file. */
export const dataRoutes = ({ console, collect, addressOf }: DataParts): Router =>
  new Router({ strict: true, sensitive: true }).post(
    '/account/data',
    console.form({
      page: '/account',
      // A browser that was left open shall not give all of it to whoever comes by.
      isSensitive: true,
      schema: z.object({}),
      async work(ctx, { account: { sub } }) {
        const data = await collect({ sub, address: addressOf(ctx) })
        ctx.status = 200
        ctx.type = 'application/json; charset=utf-8'
        ctx.set('Content-Disposition', 'attachment; filename="gatehouse-account.json"')
        ctx.body = JSON.stringify(data, undefined, 2)
      },
      show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
    }),
  )
