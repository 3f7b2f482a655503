import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { refuse } from '../errors.ts'
import type { Part } from '../http/part.ts'

export interface PagesAppParts {
  /** Run in this order before the routes. */
  before: readonly Middleware[]
  routers: readonly Router[]
}

/** Nobody answered: the address is unknown, or known for other methods. */
const refuseUnmatched = async (ctx: Koa.Context & Partial<Pick<RouterContext, 'matched'>>): Promise<void> => {
  const methods = ctx.matched?.flatMap((layer) => layer.methods) ?? []
  if (methods.length === 0) throw refuse('not_found')
  ctx.set('Allow', [...new Set(methods)].join(', '))
  throw refuse('method_not_allowed')
}

/** The browser pages as the last part of the server: whatever comes here is answered. */
export const pagesApp = ({ before, routers }: PagesAppParts): Part => {
  const app = new Koa()
  // The edge has written the headers of a proxy itself.
  app.proxy = true
  for (const middleware of before) app.use(middleware)
  for (const router of routers) app.use(router.routes())
  app.use(refuseUnmatched)
  const handle = app.callback()
  return (request, response) => {
    void handle(request, response)
    return true
  }
}
