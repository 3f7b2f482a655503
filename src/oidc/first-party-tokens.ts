import type { IncomingHttpHeaders } from 'node:http'
import type Provider from 'oidc-provider'
import { z } from 'zod'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { Clock } from '../domain/ports.ts'
import { refuse } from '../errors.ts'
import { acrOf } from './acr.ts'
import type { ApiAccess } from './api-access.ts'
import type { Engine } from './engine.ts'
import { newGrant } from './grants.ts'
import { edgeHeaders, internalRequest } from './internal-request.ts'

const Tokens = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  refresh_token: z.string(),
  /** The engine leaves it out where there is none. */
  scope: z.string().default(''),
})
/** RFC 6749 §5.1. */
export type Tokens = z.output<typeof Tokens>

/** Who takes note of families. */
export interface FamilyNotes {
  /** A sign-in; the answer waits until it is noted. */
  started(
    sub: string,
    about: { family: string; userAgent: string | undefined; address: string },
  ): Promise<void>
  /** Its end by its owner. */
  ended(sub: string, family: string): void
}

export interface FirstPartyTokensParts {
  engine: Engine
  access: Pick<ApiAccess, 'ceiling'>
  /** Audience of the access tokens. */
  defaultResource: string
  families: FamilyNotes
  now: Clock
}

/** Tokens of the built-in client of the REST API, made by the engine like any others. */
export interface FirstPartyTokens {
  /**
   * A new family for a person who has just proven all factors.
   *
   * @param amr RFC 8176 methods
   */
  issue(sub: string, headers: IncomingHttpHeaders, amr: readonly string[]): Promise<Tokens>
  /** The successor of a refresh token, the same within the grace; undefined if it is not good. */
  refresh(refreshToken: string, headers: IncomingHttpHeaders): Promise<Tokens | undefined>
  /** The family of a refresh token of this client, if it is good. */
  familyOf(refreshToken: string): Promise<string | undefined>
  /** Whether the family lives and belongs to this person. */
  isAlive(family: string, sub: string): Promise<boolean>
  /** Ends a family: its refresh token is dead, and so is its access token at the REST API. */
  end(family: string): Promise<void>
}

/**
 * Mints through the engine's own refresh: rotation, idempotent grace, theft detection, roles and
 * durability are those of every other client. The functions reject with the refusals `store_unavailable` or `internal`.
 */
export const firstPartyTokens = (parts: FirstPartyTokensParts): FirstPartyTokens => {
  const { engine } = parts

  const renew = async (refreshToken: string, outer: IncomingHttpHeaders): Promise<Tokens | undefined> => {
    const { status, headers, body } = await internalRequest(engine.handle, {
      method: 'POST',
      path: '/oauth2/token',
      headers: { ...edgeHeaders(outer), accept: 'application/json' },
      form: { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: FIRST_PARTY_CLIENT },
    })
    if (status === 503) throw refuse('store_unavailable', { retryAfter: Number(headers['retry-after'] ?? 1) })
    const answer: unknown = JSON.parse(body.toString())
    if (status === 200) return Tokens.parse(answer)
    if (status === 400 && isInvalidGrant(answer)) return undefined
    throw refuse('internal', { cause: answer })
  }

  return {
    async issue(sub, headers, amr) {
      const tokens = await renew(await beginFamily({ sub, headers, amr }, parts), headers)
      // Disabled or reset between the proof and here.
      if (!tokens) throw refuse('busy', { retryAfter: 1 })
      return tokens
    },
    refresh: renew,
    async familyOf(refreshToken) {
      const found = await engine.provider().RefreshToken.find(refreshToken)
      return found?.clientId === FIRST_PARTY_CLIENT ? found.grantId : undefined
    },
    async isAlive(family, sub) {
      const grant = await engine.provider().Grant.find(family)
      return grant?.accountId === sub && grant.clientId === FIRST_PARTY_CLIENT
    },
    async end(family) {
      const provider = engine.provider()
      const grant = await provider.Grant.find(family)
      await grant?.destroy()
      await provider.AccessToken.revokeByGrantId(family)
      if (grant?.accountId !== undefined) parts.families.ended(grant.accountId, family)
    },
  }
}

const isInvalidGrant = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'error' in answer && answer.error === 'invalid_grant'

/** A first refresh token that never leaves this server: it is exchanged a moment later. */
const beginFamily = async (
  { sub, headers, amr }: { sub: string; headers: IncomingHttpHeaders; amr: readonly string[] },
  { engine, access, defaultResource, families, now }: FirstPartyTokensParts,
): Promise<string> => {
  const provider: Provider = engine.provider()
  const client = await provider.Client.find(FIRST_PARTY_CLIENT)
  if (!client) throw new Error('the built-in client is gone')
  const scopes = await access.ceiling(FIRST_PARTY_CLIENT, defaultResource)
  const grant = newGrant(provider, { accountId: sub, clientId: FIRST_PARTY_CLIENT }, now())
  grant.addOIDCScope('offline_access')
  if (scopes.length > 0) grant.addResourceScope(defaultResource, scopes)
  const grantId = await grant.save()
  await families.started(sub, {
    family: grantId,
    userAgent: headers['user-agent'],
    // The edge has written it: one address.
    address: String(headers['x-forwarded-for']),
  })
  const first = new provider.RefreshToken({
    accountId: sub,
    acr: acrOf(amr),
    amr: [...amr],
    authTime: Math.floor(now() / 1000),
    client,
    expiresWithSession: false,
    grantId,
    gty: 'password',
    resource: defaultResource,
    scope: ['offline_access', ...scopes].join(' '),
  })
  return first.save()
}
