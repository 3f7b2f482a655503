import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { Artifact } from '../domain/ports.ts'
import { type AdapterParts, isGrantAlive, isPayloadOf, type KeyedParts } from './adapter-parts.ts'
import { endFamily } from './families.ts'
import { idDigests } from './id-digests.ts'
import { isInternal } from './internal-request.ts'
import { findArtifact, prefetchOf } from './prefetch.ts'
import { ask, requestState, write, writeLast } from './request-state.ts'
import { sessionAdapter } from './session-adapter.ts'

/** Seconds for which what has expired stays findable, so that the engine can say "expired" and not "unknown". */
const EXPIRY_SLACK = 30
const TELLS_WHAT_NEXT = ['AccessToken', 'AuthorizationCode', 'RefreshToken']
/** Who presents such a token to have its family ended must find it again if that fails half-way. */
const ENDS_ITS_FAMILY = ['AccessToken', 'RefreshToken']
const KEPT_LONGER = ['AuthorizationCode', 'RefreshToken']

/** The storage adapter of the engine: one instance for each model. */
export const adapterFactory = (parts: AdapterParts): ((model: string) => Adapter) => {
  const keyed = { ...parts, keyOf: idDigests() }
  return (model) => {
    if (model === 'Client') return clientAdapter(parts)
    if (model === 'Session') return sessionAdapter(keyed)
    return artifactAdapter(model, keyed)
  }
}

const unsupported = async (): Promise<undefined> => undefined

const clientAdapter = ({ client }: AdapterParts): Adapter => ({
  upsert: unsupported,
  find: (id) => ask(client(id)),
  findByUserCode: unsupported,
  findByUid: unsupported,
  consume: unsupported,
  destroy: unsupported,
  revokeByGrantId: unsupported,
})

const artifactAdapter = (model: string, parts: KeyedParts): Adapter => ({
  async upsert(id, { jti, consumed, ...payload }, expiresIn) {
    const key = parts.keyOf(id)
    if (expiresIn === undefined) throw new Error(`${model} without a lifetime`)
    const artifact = {
      model,
      key,
      payload: model === 'Interaction' ? withoutCookie(payload) : payload,
      expiresAt: parts.now() + (expiresIn + slackOf(model)) * 1000,
      grantId: familyOf(model, id, payload),
    }
    await write(() => parts.artifacts.put(artifact))
  },
  async find(id) {
    const artifact = await ask(findArtifact(model, parts.keyOf(id), parts))
    if (!artifact) return undefined
    const { payload } = artifact
    if (!isPayloadOf(model, payload) || isKeptBack(payload)) return undefined
    if (TELLS_WHAT_NEXT.includes(model)) prefetchOf(payload, parts)
    if (model === 'Grant' && !(await grantIsAlive(payload, parts))) return undefined
    // It has no grant that could be dead.
    if (model === 'ClientCredentials' && !(await hasClient(payload, parts))) return undefined
    return { ...payload, jti: id, ...consumedMember(artifact, parts) }
  },
  findByUserCode: unsupported,
  findByUid: unsupported,
  consume: (id) => consume(model, parts.keyOf(id), parts),
  async destroy(id) {
    const remove = () => parts.artifacts.remove(model, parts.keyOf(id))
    await (ENDS_ITS_FAMILY.includes(model) ? writeLast(remove) : write(remove))
  },
  // The engine asks every model; a family knows none.
  revokeByGrantId: async (grantId) => {
    if (model === 'AccessToken') await write(() => endFamily(grantId, parts))
  },
})

/** Refresh tokens of the REST API are renewed there only, whoever presents them at the token endpoint. */
const isKeptBack = ({ kind, clientId }: AdapterPayload): boolean => {
  if (kind !== 'RefreshToken' || clientId !== FIRST_PARTY_CLIENT) return false
  const { ctx } = Provider
  return ctx?.oidc?.route === 'token' && !isInternal(ctx.req)
}

/** Of an access token nothing is left at its end: the engine would take it for as long as clocks may differ. */
const slackOf = (model: string): number => (KEPT_LONGER.includes(model) ? EXPIRY_SLACK : 0)

/** An interaction names a grant, but a family that ends must not take an open question to the person with it. */
const familyOf = (model: string, id: string, { grantId }: AdapterPayload): string | undefined => {
  if (model === 'Grant') return id
  return model === 'Interaction' ? undefined : grantId
}

/** The session cookie's value would be a live credential at rest. */
const withoutCookie = ({ session, ...payload }: AdapterPayload): AdapterPayload => {
  if (!session) return payload
  const { cookie, ...rest } = session
  return { ...payload, session: rest }
}

/** A client that was disabled or removed loses all that it had, also if it is registered anew. */
const hasClient = async (
  { clientId, iat = 0 }: AdapterPayload,
  { clientExistedAt }: AdapterParts,
): Promise<boolean> => clientId !== undefined && (await ask(clientExistedAt(clientId, iat)))

const grantIsAlive = async (payload: AdapterPayload, parts: AdapterParts): Promise<boolean> => {
  const { accountId, clientId, iat } = payload
  if (accountId === undefined || clientId === undefined || !(await hasClient(payload, parts))) return false
  return isGrantAlive(await ask(parts.accounts.find(accountId)), { clientId, bornAt: iat })
}

/** Within the grace a used refresh token looks unused to the engine, and the request is marked as a replay. */
const consumedMember = ({ model, key, consumedAt }: Artifact, parts: KeyedParts): { consumed?: number } => {
  if (consumedAt === undefined) return {}
  const consumed = { consumed: Math.floor(consumedAt / 1000) }
  if (model !== 'RefreshToken') return consumed
  const isGood = isWithinGrace(consumedAt, parts)
  // A revocation looks at tokens as well, and is no refresh.
  const state = Provider.ctx?.oidc.route === 'token' ? requestState() : undefined
  if (state) state.refresh = { kind: isGood ? 'replay' : 'reuse', key, held: [] }
  return isGood ? {} : consumed
}

const isWithinGrace = (consumedAt: number, { now, refreshGrace }: AdapterParts): boolean =>
  now() - consumedAt < refreshGrace * 1000

/**
 * Of any number of parallel callers one wins. A loser of a refresh within the grace is a replay; every other loser
 * is treated like a sequential replay: the family is revoked (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
 */
const consume = async (model: string, key: string, parts: KeyedParts): Promise<void> => {
  const state = requestState()
  const outcome = await ask(parts.artifacts.consume(model, key))
  if (outcome.kind === 'won') {
    if (model === 'RefreshToken' && state) state.refresh = { kind: 'winner', key, held: [] }
    return
  }
  if (model === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('request_uri already used')
  if (outcome.kind === 'lost') {
    if (model === 'RefreshToken' && state && isWithinGrace(outcome.consumedAt, parts)) {
      state.refresh = { kind: 'replay', key, held: [] }
      return
    }
    if (model === 'RefreshToken' && state) state.refresh = { kind: 'reuse', key, held: [] }
    await revokeFamilyOf(model, key, parts)
  }
  throw new errors.InvalidGrant('already used')
}

const revokeFamilyOf = async (model: string, key: string, parts: KeyedParts): Promise<void> => {
  const artifact = await ask(parts.artifacts.find(model, key))
  if (!artifact?.grantId) return
  const { grantId } = artifact
  await ask(endFamily(grantId, parts))
  const { ctx } = Provider
  ctx?.oidc.provider.emit('grant.revoked', ctx, grantId)
}
