import { type Foundation, JWKS_MAX_AGE } from '../build.ts'
import { mfaPolicy } from '../domain/factors/policy.ts'
import { presentOrKnown } from '../domain/present-or-known.ts'
import type { KeySet } from '../domain/signing-keys.ts'
import { type Engine, startEngine } from '../oidc/engine.ts'
import { engineViews } from '../pages/engine-views.ts'
import type { Face } from './face.ts'
import type { SessionRecords } from './sessions.ts'

/** Starts the engine, and swaps its keys whenever they change in the store. */
export const openEngine = async (
  foundation: Foundation,
  face: Face,
  kept: SessionRecords,
): Promise<{ engine: Engine; publicJwks(): ReturnType<KeySet['publicJwks']> }> => {
  const { config, store, signingKeys, log } = foundation
  const { find } = store.accounts
  const accounts = { find, present: presentOrKnown({ ...store, now: foundation.now }) }
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
      accounts,
      demand: mfaPolicy(config.mfa, foundation.access).demand,
      adapter: {
        artifacts: store.artifacts,
        accounts,
        client: async (clientId) => (await foundation.clients.find(clientId))?.metadata,
        clientExistedAt: foundation.clients.existedAt,
        now: foundation.now,
        refreshGrace: config.refreshGrace,
        sessions: kept.records,
      },
      used: kept.used,
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
