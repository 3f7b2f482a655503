import { randomBytes } from 'node:crypto'
import { openApi } from '../api/openapi.ts'
import type { Operation } from '../api/operation.ts'
import type { Foundation } from '../build.ts'
import { csrf } from '../http/csrf.ts'
import { errors } from '../http/errors.ts'
import { misusedEndpoint } from '../oidc/endpoints.ts'
import { interactionBridge } from '../oidc/interaction-bridge.ts'
import { pagesApp } from '../pages/app.ts'
import { errorPage } from '../pages/error-page.ts'
import { interactionRoutes } from '../pages/interaction-routes.ts'
import { landingRoute } from '../pages/landing.ts'
import { mailRoutes } from '../pages/mail/routes.ts'
import { PLAYGROUND_CLIENT, playgroundRoutes } from '../pages/playground.ts'
import { progress } from '../pages/progress.ts'
import { changePasswordRoute, recoveryRouters } from '../pages/recovery/routers.ts'
import { registerRoutes } from '../pages/register-routes.ts'
import { rememberingDevices } from '../pages/remembered-devices.ts'
import { restDocsRoutes } from '../pages/rest/routes.ts'
import { securityTxtRoute } from '../pages/security-txt.ts'
import { type AccountSurroundings, openAccount } from './account.ts'
import { addressOf } from './address-of.ts'
import { type Face, VIEWS } from './face.ts'

/** The browser pages. */
export const openPages = (
  foundation: Foundation,
  face: Face,
  {
    engine,
    publicJwks,
    rules,
    operations,
  }: Omit<AccountSurroundings, 'csrf'> & { operations: readonly Operation[] },
) => {
  const { config, store, log, access, audit, sealer, now, cookieKeys, secure, consents } = foundation
  const { box } = foundation.mailer
  const interactions = interactionBridge({ provider: engine.provider, consents, access, audit, now })
  const { issuer, development: playground } = config
  const registrationOpen = config.registration !== 'closed'
  const forms = csrf({ issuer, keys: cookieKeys })
  const account = openAccount(foundation, face, { engine, publicJwks, rules, csrf: forms })
  const shared = {
    ...face,
    ...rules,
    issuer,
    playground,
    registrationOpen,
    restApi: config.authApi.isOn,
    devMail: box !== undefined,
    recovery: rules.mailReady,
    secure: foundation.secure,
    consoleSub: account.console.consoleSub,
    passwordMinLength: config.passwordMinLength,
    accounts: store.accounts,
    csrf: forms,
    interactions: rememberingDevices(interactions, {
      secure,
      newId: () => randomBytes(16).toString('base64url'),
      addressOf,
      seen: rules.deviceSeen,
    }),
    progress: progress({ artifacts: store.artifacts, sealer, now, lifetime: config.ttl.interaction }),
    addressOf,
  }
  return pagesApp({
    before: [
      face.headers,
      errors({ log, answer: errorPage(face) }),
      misusedEndpoint(face.isOwnForm),
      face.assets.middleware,
      face.language.choice,
    ],
    routers: [
      landingRoute(shared),
      securityTxtRoute({ issuer, contact: config.securityContact, now }),
      interactionRoutes(shared),
      registerRoutes(shared),
      changePasswordRoute(),
      ...(rules.mailReady ? recoveryRouters(shared) : []),
      ...account.routers,
      ...restPages(operations, { ...face, issuer }),
      ...(box ? [mailRoutes({ ...shared, box })] : []),
      ...(playground
        ? [playgroundRoutes({ ...shared, viewsDir: VIEWS, resources: () => suggested(foundation) })]
        : []),
    ],
  })
}

/** What explains the REST API, where it is on. */
const restPages = (operations: readonly Operation[], { issuer, ...face }: Face & { issuer: string }) =>
  operations.length > 0 ? [restDocsRoutes({ ...face, document: openApi(operations, { issuer }) })] : []

/** The APIs for which the playground may ask. */
const suggested = async ({ clients }: Foundation): Promise<string[]> =>
  Object.keys((await clients.permissions(PLAYGROUND_CLIENT))?.permissions ?? {})
