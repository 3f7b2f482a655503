import { verifyAccessToken } from '../api/access-token.ts'
import type { BearerParts } from '../api/bearer.ts'
import type { Foundation } from '../build.ts'
import type { GrpcServer } from '../grpc/stoppable.ts'
import type { Engine } from '../oidc/engine.ts'
import type { ServiceCallerParts } from '../oidc/service-caller.ts'
import { tokenIntrospection } from '../oidc/token-introspection.ts'
import { openDecisions } from './access-api.ts'

/**
 * Builds the gRPC service where it has a port; a server without one does not load it.
 *
 * @throws CertificateFault that names the setting
 */
export const openGrpc = async (
  foundation: Foundation,
  { engine, publicJwks }: { engine: Engine; publicJwks: BearerParts['jwks'] },
): Promise<GrpcServer | undefined> => {
  const { config, access, store, log } = foundation
  if (config.grpc === undefined) return undefined
  const { tls } = config.grpc
  const { host } = config.listen
  if (!tls && !isPrivate(host))
    log.warn({ host }, 'gRPC speaks plain text here, tokens included: set GRPC_TLS_CERT, or keep it inside')
  const { grpcServer } = await import('../grpc/server.ts')
  const caller = callerOf(foundation, publicJwks)
  return grpcServer({
    ...foundation,
    tls,
    check: () => store.ping(),
    evaluate: openDecisions(foundation).evaluate,
    introspect: tokenIntrospection({ engine, access }),
    accounts: store.accounts,
    callers: {
      access: caller(access.builtIns['@access'], 'access:evaluate'),
      accounts: caller(access.builtIns['@admin'], 'accounts:read'),
    },
  })
}

const callerOf =
  ({ config, access, clients, now }: Foundation, jwks: BearerParts['jwks']) =>
  (audience: string, scope: string): ServiceCallerParts => ({
    verify: verifyAccessToken({ jwks, issuer: config.issuer, audience, now }),
    permissionsOf: (clientId) => access.ofClient(clientId, audience),
    clientExistedAt: clients.existedAt,
    scope,
  })

/** An address that only this machine or its own network reaches (RFC 1918, RFC 4193). */
const isPrivate = (host: string): boolean =>
  /^(localhost$|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd][\da-f]{2}:)/i.test(host)
