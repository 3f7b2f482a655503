import { join } from 'node:path'
import type { Context } from 'koa'
import { api, apiPattern } from './api/app.ts'
import { authOperations } from './api/auth/index.ts'
import { type BearerParts, bearer } from './api/bearer.ts'
import type { Operation } from './api/operation.ts'
import type { AuthParts } from './api/parts.ts'
import { type Foundation, JWKS_MAX_AGE } from './build.ts'
import { limits as createLimits } from './domain/limits.ts'
import { registration } from './domain/registration.ts'
import { signIn } from './domain/sign-in.ts'
import type { KeySet } from './domain/signing-keys.ts'
import { csrf, sameOrigin } from './http/csrf.ts'
import { edge, REQUEST_ID } from './http/edge.ts'
import { errors } from './http/errors.ts'
import { baseHeaders } from './http/headers.ts'
import { health } from './http/health.ts'
import { observe } from './http/observe.ts'
import type { Part } from './http/part.ts'
import { i18n, readCatalogues } from './i18n.ts'
import { endpointOf, engineEndpoints, isMachineEndpoint, misusedEndpoint } from './oidc/endpoints.ts'
import { type Engine, startEngine } from './oidc/engine.ts'
import { firstPartyTokens } from './oidc/first-party-tokens.ts'
import { interactionBridge } from './oidc/interaction-bridge.ts'
import { pagesApp } from './pages/app.ts'
import { pageAssets } from './pages/assets.ts'
import { engineViews } from './pages/engine-views.ts'
import { errorPage } from './pages/error-page.ts'
import { interactionRoutes } from './pages/interaction-routes.ts'
import { landingRoute } from './pages/landing.ts'
import { language } from './pages/language.ts'
import { pagePattern } from './pages/page-pattern.ts'
import { PLAYGROUND_CLIENT, playgroundRoutes } from './pages/playground.ts'
import { progress } from './pages/progress.ts'
import { registerRoutes } from './pages/register-routes.ts'
import { renderer } from './pages/render.ts'
import type { ServerParts } from './server.ts'

const VIEWS = join(import.meta.dirname, '../views')

/** What a running server does about its stop. */
export interface Lifecycle {
  isStopping(): boolean
}

/** Builds the parts of the server on what is open. */
export const assemble = async (foundation: Foundation, { isStopping }: Lifecycle): Promise<ServerParts> => {
  const { config, log, metrics, store } = foundation
  const face = openPages(foundation)
  const { engine, publicJwks } = await openEngine(foundation, face)
  const documents = engine.documents
  const ways = entrances(foundation)
  const operations = config.authApi.isOn
    ? authOperations(authParts(foundation, { engine, publicJwks, ways }))
    : []
  const routeOf = apiPattern(operations)
  return {
    health: health({ running: refuseIf(isStopping), store: () => store.ping() }),
    edge: edge({ issuer: config.issuer, trustProxy: config.trustProxy, isStopping }),
    observe: observe({
      log,
      metrics,
      routeOf: (path) => endpointOf(path) ?? routeOf(path) ?? pagePattern(path),
      isMachine: (route) => isMachineEndpoint(route) || routeOf(route) !== undefined,
    }),
    documents,
    engine: engineEndpoints(engine, face.isOwnForm),
    api: openApi(foundation, operations),
    pages: pages(foundation, face, { engine, ways }),
  }
}

const refuseIf = (isStopping: () => boolean) => async (): Promise<void> => {
  if (isStopping()) throw new Error('stopping')
}

const addressOf = (ctx: Context): string => ctx.ip

const requestIdOf = (ctx: Context): string => ctx.get(REQUEST_ID)

/** What pages of the engine and our own share. */
const openPages = ({ config, now, secure }: Foundation) => {
  const catalogues = i18n(readCatalogues(join(VIEWS, 'locales')))
  const assets = pageAssets(VIEWS, config.brand)
  const { url: assetUrl, logo } = assets
  const parts = {
    render: renderer({ viewsDir: VIEWS, i18n: catalogues, assetUrl, logo }),
    language: language({ i18n: catalogues, secure }),
    now,
    requestIdOf,
  }
  return {
    ...parts,
    assets,
    headers: baseHeaders({ secure, isMachine: isMachineEndpoint }),
    isOwnForm: sameOrigin(new URL(config.issuer).origin),
  }
}
type Face = ReturnType<typeof openPages>

/** Starts the engine, and swaps its keys whenever they change in the store. */
const openEngine = async (
  foundation: Foundation,
  face: Face,
): Promise<{ engine: Engine; publicJwks(): ReturnType<KeySet['publicJwks']> }> => {
  const { config, store, signingKeys, log } = foundation
  const account = (sub: string) => store.accounts.find(sub)
  let keys = await signingKeys.load()
  let publicJwks = keys.publicJwks()
  const engine = await startEngine(
    {
      ...foundation,
      issuer: config.issuer,
      ttl: config.ttl,
      refreshGrace: config.refreshGrace,
      outboundAllow: [...config.outboundAllow],
      artifacts: store.artifacts,
      consents: store.consents,
      account,
      adapter: {
        artifacts: store.artifacts,
        account,
        client: async (clientId) => (await foundation.clients.find(clientId))?.metadata,
        now: foundation.now,
        refreshGrace: config.refreshGrace,
      },
      views: engineViews(face),
      before: [face.headers],
    },
    keys.jwks(),
    JWKS_MAX_AGE,
  )
  const follow = async (): Promise<void> => {
    const present = await signingKeys.load()
    if (present.version === keys.version) return
    keys = present
    publicJwks = present.publicJwks()
    await engine.useKeys(present.jwks())
    log.info({ version: present.version }, 'signing keys have changed')
  }
  store.onChange((topic) => {
    if (topic !== 'documents') return
    follow().catch((err) =>
      log.error({ err }, 'changed signing keys could not be loaded; the former ones sign on'),
    )
  })
  return { engine, publicJwks: () => publicJwks }
}

type Ways = ReturnType<typeof entrances>

const authParts = (
  { config, store, access, now }: Foundation,
  { engine, publicJwks, ways }: { engine: Engine; publicJwks: BearerParts['jwks']; ways: Ways },
): AuthParts => {
  const { issuer, defaultResource } = config
  const tokens = firstPartyTokens({ engine, access, defaultResource, now })
  return {
    ...ways,
    account: (sub) => store.accounts.find(sub),
    access,
    tokens,
    bearer: bearer({ jwks: publicJwks, issuer, audience: defaultResource, tokens, now }),
    addressOf,
  }
}

/** Takes what is below `/auth/`, or nothing where the API is off. */
const openApi = ({ config, secure, log }: Foundation, operations: readonly Operation[]): Part => {
  if (operations.length === 0) return () => false
  const headers = baseHeaders({ secure, isMachine: () => true })
  return api({ operations, issuer: config.issuer, corsOrigins: config.authApi.corsOrigins, headers, log })
}

const pages = (foundation: Foundation, face: Face, { engine, ways }: { engine: Engine; ways: Ways }) => {
  const { config, store, log, access, now, cookieKeys } = foundation
  const { issuer, development: playground } = config
  const registrationOpen = config.registration === 'open'
  const shared = {
    ...face,
    ...ways,
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
      interactionRoutes(shared),
      registerRoutes(shared),
      ...(playground
        ? [playgroundRoutes({ ...shared, viewsDir: VIEWS, resources: () => suggested(foundation) })]
        : []),
    ],
  })
}

/** The ways in, with the limits that they share. */
const entrances = ({
  config,
  store,
  accounts,
  hasher,
  policy,
  access,
  audit,
  metrics,
  log,
  now,
}: Foundation) => {
  const { concurrency, queue } = config.argon2
  const limits = createLimits({ counters: store.counters, now, settings: config.limits })
  const signInParts = { accounts: store.accounts, hasher, limits, policy, audit, metrics, log }
  return {
    signIn: signIn({ ...signInParts, capacity: concurrency + queue }),
    register: registration({
      mode: config.registration,
      accounts,
      policy,
      limits,
      defaultRoles: access.defaultRoles,
      audit,
    }),
  }
}

/** The APIs for which the playground may ask. */
const suggested = async ({ clients }: Foundation): Promise<string[]> =>
  Object.keys((await clients.permissions(PLAYGROUND_CLIENT))?.permissions ?? {})
