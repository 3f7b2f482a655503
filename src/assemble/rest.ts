import { api } from '../api/app.ts'
import { authOperations } from '../api/auth/index.ts'
import { type BearerParts, bearer } from '../api/bearer.ts'
import type { Operation } from '../api/operation.ts'
import type { AuthParts } from '../api/parts.ts'
import type { Foundation } from '../build.ts'
import { baseHeaders } from '../http/headers.ts'
import type { Part } from '../http/part.ts'
import type { Engine } from '../oidc/engine.ts'
import { firstPartyTokens } from '../oidc/first-party-tokens.ts'
import { REST_DOCS_PATH } from '../pages/rest/routes.ts'
import { addressOf } from './address-of.ts'
import type { Rules } from './rules.ts'

/** What the REST API of this server does: nothing where it is off. */
export const restOperations = (
  foundation: Foundation,
  opened: { engine: Engine; publicJwks: BearerParts['jwks']; rules: Rules },
): readonly Operation[] =>
  foundation.config.authApi.isOn ? authOperations(authParts(foundation, opened)) : []

const authParts = (
  { config, store, access, now }: Foundation,
  { engine, publicJwks, rules }: { engine: Engine; publicJwks: BearerParts['jwks']; rules: Rules },
): AuthParts => {
  const { issuer, defaultResource } = config
  const { families } = rules
  const tokens = firstPartyTokens({ engine, access, defaultResource, families, now })
  return {
    ...rules,
    account: (sub) => store.accounts.find(sub),
    access,
    tokens,
    bearer: bearer({ jwks: publicJwks, issuer, audience: defaultResource, tokens, now }),
    addressOf,
  }
}

/** Takes what is below `/auth/`, or nothing where the API is off. */
export const openApi = ({ config, secure, log }: Foundation, operations: readonly Operation[]): Part => {
  if (operations.length === 0) return () => false
  const headers = baseHeaders({ secure, isMachine: () => true })
  return api({
    operations,
    page: REST_DOCS_PATH,
    issuer: config.issuer,
    corsOrigins: config.authApi.corsOrigins,
    headers,
    log,
  })
}
