import type Provider from 'oidc-provider'
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { LivingConsents } from '../domain/clients/living-consents.ts'
import type { Clock, Consent } from '../domain/ports.ts'
import { ask } from './request-state.ts'

/** Scopes asked for: of OpenID Connect, and of each API. */
export interface Asked {
  scopes: string[]
  /** resource identifier -> scopes */
  resources: Record<string, string[]>
}

/**
 * The engine's `loadExistingGrant`. A grant is made for each session × client from the durable consent, so that the
 * end of one on the laptop leaves the phone alone; it holds what is asked now, as far as the person has agreed. A
 * first-party client needs no consent.
 */
export const loadGrant =
  ({ consents, now }: { consents: Pick<LivingConsents, 'find'>; now: Clock }) =>
  async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { client, session, account, provider } = ctx.oidc
    if (!client || !session || !account) return undefined
    const grantId = session.grantIdFor(client.clientId)
    const existing = grantId ? await provider.Grant.find(grantId) : undefined
    const grant = existing?.accountId === account.accountId ? existing : undefined
    const missing = lacking(grant, askedIn(ctx))
    if (isEmpty(missing)) return grant
    const allowed = isFirstParty(client)
      ? missing
      : agreed(missing, await ask(consents.find(account.accountId, client.clientId)))
    if (isEmpty(allowed)) return grant
    const { accountId } = account
    const extended = grant ?? newGrant(provider, { accountId, clientId: client.clientId }, now())
    if (allowed.scopes.length > 0) extended.addOIDCScope(allowed.scopes)
    for (const [identifier, scopes] of Object.entries(allowed.resources))
      extended.addResourceScope(identifier, scopes)
    await extended.save()
    return extended
  }

/**
 * Born at the millisecond, not at the second as the engine counts: a client may be removed and agreed to again within
 * one second, and what is older than the removal must be told from what is younger.
 *
 * @param at milliseconds, now
 */
export const newGrant = (
  provider: Provider,
  of: { accountId: string; clientId: string },
  at: number,
): Grant => Object.assign(new provider.Grant(of), { iat: at / 1000 })

/** `first_party` is client metadata of ours, which the engine carries along. */
export const isFirstParty = (client: object): boolean =>
  'first_party' in client && client.first_party === true

/** What the present authorization request asks for, as the engine's consent checks see it. */
const askedIn = ({ oidc }: KoaContextWithOIDC): Asked => {
  const requested = [...oidc.requestParamScopes]
  const apis = Object.entries(oidc.resourceServers ?? {})
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    resources: Object.fromEntries(
      apis.map(([id, api]) => [id, requested.filter((scope) => api.scopes.has(scope))]),
    ),
  }
}

const words = (text: string): Set<string> => new Set(text.split(' '))

const lacking = (grant: Grant | undefined, asked: Asked): Asked => {
  if (!grant) return asked
  const held = words(grant.getOIDCScopeEncountered())
  return {
    scopes: asked.scopes.filter((scope) => !held.has(scope)),
    resources: mapResources(asked.resources, (identifier) => {
      const heldThere = words(grant.getResourceScopeEncountered(identifier))
      return (scope) => !heldThere.has(scope)
    }),
  }
}

const agreed = (asked: Asked, consent: Consent | undefined): Asked => ({
  scopes: asked.scopes.filter((scope) => consent?.scopes.includes(scope)),
  resources: mapResources(asked.resources, (identifier) => {
    const there = new Set(consent?.resources[identifier])
    return (scope) => there.has(scope)
  }),
})

const mapResources = (
  resources: Asked['resources'],
  keep: (identifier: string) => (scope: string) => boolean,
): Asked['resources'] =>
  Object.fromEntries(
    Object.entries(resources).map(([identifier, scopes]) => [identifier, scopes.filter(keep(identifier))]),
  )

const isEmpty = ({ scopes, resources }: Asked): boolean =>
  scopes.length === 0 && Object.values(resources).every((there) => there.length === 0)
