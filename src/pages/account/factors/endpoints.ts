import Router from '@koa/router'
import { SECURITY } from './parts.ts'

/** Tells password managers where passkeys are made and looked after (Passkey Endpoints well-known URL). */
export const passkeyEndpointsRoute = ({ issuer }: { issuer: string }): Router => {
  const page = `${issuer}${SECURITY}`
  return new Router({ strict: true, sensitive: true }).get('/.well-known/passkey-endpoints', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=3600')
    ctx.body = { enroll: page, manage: page }
  })
}
