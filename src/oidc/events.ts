import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Log, Metrics } from '../domain/observe.ts'
import type { Audit } from '../domain/ports.ts'
import { requestState } from './request-state.ts'

export interface EventParts {
  log: Log
  metrics: Metrics
  audit: Audit
  /** A client has got something for a person; makes nobody wait. */
  used(use: { sub: string; clientId: string; grantId: string | undefined }): void
}

const who = ({ oidc }: KoaContextWithOIDC) => ({
  ...(oidc?.client ? { clientId: oidc.client.clientId } : {}),
  ...(oidc?.account ? { sub: oidc.account.accountId } : {}),
})

/** Public code, private detail: never the request's own values. */
const why = (error: Error) => ({
  error: 'error' in error ? error.error : error.name,
  detail: 'error_detail' in error ? error.error_detail : undefined,
})

/** Turns the engine's events into log lines, metrics and audit records. */
export const listen = (provider: Provider, { log, metrics, audit, used }: EventParts): void => {
  const use = ({ oidc: { client, account, entities } }: KoaContextWithOIDC): void => {
    if (!client || !account) return
    used({ sub: account.accountId, clientId: client.clientId, grantId: entities.Grant?.jti })
  }
  provider.on('authorization.success', use)
  provider.on('grant.success', (ctx) => {
    use(ctx)
    if (requestState()?.refresh?.kind !== 'replay') metrics.tokenIssued(String(ctx.oidc.params?.grant_type))
  })
  provider.on('grant.error', (ctx, error) =>
    log.info({ ...who(ctx), ...why(error) }, 'a token request was refused'),
  )
  provider.on('authorization.error', (ctx, error) =>
    log.info({ ...who(ctx), ...why(error) }, 'an authorization request was refused'),
  )
  provider.on('server_error', (ctx, error) => log.error({ ...who(ctx), err: error }, 'the engine failed'))
  provider.on('grant.revoked', (ctx) => {
    if (requestState()?.refresh?.kind === 'reuse') metrics.refreshReplay('theft')
    audit({ type: 'grant.revoked', ...who(ctx) })
  })
  provider.on('end_session.success', (ctx) => {
    const sub = ctx.oidc.session?.accountId
    // A no to the question of the page ends a client's part at most.
    if (sub === undefined || !ctx.oidc.params?.logout) return
    audit({ type: 'session.ended', ...who(ctx), sub, actor: sub, address: ctx.ip })
  })
  provider.on('backchannel.error', (ctx, error, client) =>
    log.warn(
      { ...who(ctx), clientId: client.clientId, err: error },
      'a back-channel logout token was not delivered',
    ),
  )
}
