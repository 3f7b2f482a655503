import type { Foundation } from '../build.ts'
import { csrf } from '../http/csrf.ts'
import { errors } from '../http/errors.ts'
import { misusedEndpoint } from '../oidc/endpoints.ts'
import type { Engine } from '../oidc/engine.ts'
import { interactionBridge } from '../oidc/interaction-bridge.ts'
import { pagesApp } from '../pages/app.ts'
import { errorPage } from '../pages/error-page.ts'
import { interactionRoutes } from '../pages/interaction-routes.ts'
import { landingRoute } from '../pages/landing.ts'
import { PLAYGROUND_CLIENT, playgroundRoutes } from '../pages/playground.ts'
import { progress } from '../pages/progress.ts'
import { registerRoutes } from '../pages/register-routes.ts'
import { securityTxtRoute } from '../pages/security-txt.ts'
import { addressOf } from './address-of.ts'
import { type Face, VIEWS } from './face.ts'
import type { Rules } from './rules.ts'

/** The browser pages. */
export const openPages = (
  foundation: Foundation,
  face: Face,
  { engine, rules }: { engine: Engine; rules: Rules },
) => {
  const { config, store, log, access, now, cookieKeys } = foundation
  const { issuer, development: playground } = config
  const registrationOpen = config.registration === 'open'
  const shared = {
    ...face,
    ...rules,
    issuer,
    playground,
    registrationOpen,
    restApi: config.authApi.isOn,
    recovery: false,
    passwordMinLength: config.passwordMinLength,
    accounts: store.accounts,
    csrf: csrf({ issuer, keys: cookieKeys }),
    interactions: interactionBridge({ provider: engine.provider, consents: store.consents, access, now }),
    progress: progress({ artifacts: store.artifacts, now }),
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
      ...(playground
        ? [playgroundRoutes({ ...shared, viewsDir: VIEWS, resources: () => suggested(foundation) })]
        : []),
    ],
  })
}

/** The APIs for which the playground may ask. */
const suggested = async ({ clients }: Foundation): Promise<string[]> =>
  Object.keys((await clients.permissions(PLAYGROUND_CLIENT))?.permissions ?? {})
