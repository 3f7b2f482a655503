import type { Context } from 'koa'
import type Provider from 'oidc-provider'
import { type Client, errors, type Interaction as Stored } from 'oidc-provider'
import type { LivingConsents } from '../domain/clients/living-consents.ts'
import type { Audit, Clock } from '../domain/ports.ts'
import { refuse } from '../errors.ts'
import { ONE_FACTOR } from './acr.ts'
import type { ApiAccess } from './api-access.ts'
import { asker } from './asker.ts'
import type { AskedResource, Interaction, Interactions, PresentSession } from './interactions.ts'

export interface BridgeParts {
  provider: () => Provider
  consents: Pick<LivingConsents, 'add'>
  access: ApiAccess
  audit: Audit
  now: Clock
}

/** What a person can be asked for beside the permissions of APIs. */
const openidScopes = new Set(['openid', 'profile', 'email', 'roles', 'offline_access'])

export const interactionBridge = (parts: BridgeParts): Interactions => ({
  async current(ctx, uid) {
    const stored = await open(ctx, uid, parts)
    return describe(stored, await clientOf(stored, parts), parts)
  },
  async signedIn(ctx, uid, { sub, amr, acr, authTime }) {
    await open(ctx, uid, parts)
    return finish(ctx, { login: { accountId: sub, amr, acr, ts: authTime, remember: true } }, parts)
  },
  async consented(ctx, uid) {
    const stored = await open(ctx, uid, parts)
    if (stored.prompt.name !== 'consent' || !stored.session) throw refuse('start_again')
    const client = await clientOf(stored, parts)
    const { accountId: sub } = stored.session
    const { clientId } = client
    const scopes = askedScopes(stored)
    const resources = Object.fromEntries(
      (await askedResources(stored, client, parts)).map((asked) => [asked.identifier, asked.scopes]),
    )
    await parts.consents.add({ sub, clientId, scopes, resources, updatedAt: parts.now() })
    const detail = { scopes, resources }
    parts.audit({ type: 'consent.given', sub, actor: sub, clientId, address: ctx.ip, detail })
    return finish(ctx, { consent: {} }, parts)
  },
  async denied(ctx, uid) {
    await open(ctx, uid, parts)
    return finish(ctx, { error: 'access_denied', error_description: 'the end-user declined' }, parts)
  },
})

/** What the engine does not find may be gone at any moment: between two looks of one request as well. */
const orStartAgain = async <Found>(asked: Promise<Found>): Promise<Found> => {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error
    throw refuse('start_again', { cause: error })
  }
}

/** The interaction of this browser; another's, a finished and an expired one all look the same. */
const open = async (ctx: Context, uid: string, { provider }: BridgeParts): Promise<Stored> => {
  const stored = await orStartAgain(provider().interactionDetails(ctx.req, ctx.res))
  if (stored.uid !== uid) throw refuse('start_again')
  return stored
}

const finish = (
  ctx: Context,
  result: Parameters<Provider['interactionResult']>[2],
  { provider }: BridgeParts,
) => orStartAgain(provider().interactionResult(ctx.req, ctx.res, result))

const clientOf = async (stored: Stored, { provider }: BridgeParts): Promise<Client> => {
  const { client_id: id } = stored.params
  const client = typeof id === 'string' ? await provider().Client.find(id) : undefined
  if (!client) throw refuse('start_again')
  return client
}

/** The session from which the question arose, as it is now: it may have ended or changed since. */
const sessionOf = async (
  { session: asked }: Stored,
  { provider }: BridgeParts,
): Promise<PresentSession | undefined> => {
  const session = asked ? await provider().Session.findByUid(asked.uid) : undefined
  const { accountId: sub, acr = ONE_FACTOR, amr = [], loginTs: authTime } = session ?? {}
  if (sub === undefined || sub !== asked?.accountId || authTime === undefined) return undefined
  return { sub, acr, amr, authTime }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const describe = async (stored: Stored, client: Client, parts: BridgeParts): Promise<Interaction> => ({
  uid: stored.uid,
  prompt: stored.prompt.name === 'consent' ? 'consent' : 'login',
  reasons: stored.prompt.reasons,
  client: asker(client, text(stored.params.redirect_uri)),
  session: await sessionOf(stored, parts),
  loginHint: text(stored.params.login_hint),
  uiLocales: text(stored.params.ui_locales),
  scopes: askedScopes(stored),
  resources: await askedResources(stored, client, parts),
})

const requested = (stored: Stored): string[] => [...new Set(text(stored.params.scope)?.split(' ') ?? [])]

const askedScopes = (stored: Stored): string[] => requested(stored).filter((scope) => openidScopes.has(scope))

/** The permissions asked for, as far as the client may ask for them. */
const askedResources = async (
  stored: Stored,
  client: Client,
  { access }: BridgeParts,
): Promise<AskedResource[]> => {
  const { resource } = stored.params
  const identifiers = [resource].flat().filter((item): item is string => typeof item === 'string')
  const asked = requested(stored)
  return Promise.all(
    identifiers.map(async (identifier) => {
      const ceiling = await access.ceiling(client.clientId, identifier)
      return {
        identifier,
        name: access.find(identifier)?.name ?? identifier,
        scopes: asked.filter((scope) => ceiling.includes(scope)),
      }
    }),
  )
}
