import Router from '@koa/router'
import { seeOther } from '../../http/see-other.ts'
import { confirmAddressRoutes } from './confirm-address.ts'
import { confirmRegistrationRoutes } from './confirm-registration.ts'
import type { RecoveryParts } from './parts.ts'
import { recoverRoutes } from './recover.ts'
import { resetRoutes } from './reset.ts'
import { verifyRoutes } from './verify.ts'

/** The pages behind the links of letters, and the one that asks for a letter. */
export const recoveryRouters = (parts: RecoveryParts): Router[] => [
  recoverRoutes(parts),
  ...resetRoutes(parts),
  ...verifyRoutes(parts),
  ...confirmRegistrationRoutes(parts),
  ...confirmAddressRoutes(parts),
]

/** Where password managers look for the page to change a password (W3C "A Well-Known URL for Changing Passwords"). */
export const changePasswordRoute = (): Router =>
  new Router({ strict: true, sensitive: true }).get('/.well-known/change-password', (ctx) =>
    seeOther(ctx, '/account/password'),
  )
