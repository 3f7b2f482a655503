import type { Sealer } from '../ports.ts'
import { type Algorithm, algorithms, type PrivateKey, PublicKey } from './key-pair.ts'
import { openKey, type StoredKey } from './stored-keys.ts'

interface Named {
  kid: string
  alg: Algorithm
  use: 'sig'
  /** RFC 7517 §4.3: set where the key must not sign; the engine then never picks it. */
  key_ops?: ['verify']
}

/** The keys of one moment. */
export interface KeySet {
  /** Grows with every change; the same number means the same keys. */
  version: number
  /** Private keys: those that sign first, in the order of preference, and those that wait last. */
  jwks(): { keys: (PrivateKey & Named)[] }
  /** The same keys to check signatures with. */
  publicJwks(): { keys: (PublicKey & Named)[] }
}

/** @throws SigningKeyFault if a key cannot be opened */
export const keySet = (sealer: Sealer, { keys, version }: { keys: StoredKey[]; version: number }): KeySet => {
  const opened = inOrder(keys).map((stored) => ({ key: openKey(sealer, stored), named: named(stored) }))
  return {
    version,
    jwks: () => ({ keys: opened.map(({ key, named }) => ({ ...key, ...named })) }),
    publicJwks: () => ({ keys: opened.map(({ key, named }) => ({ ...PublicKey.parse(key), ...named })) }),
  }
}

const named = ({ kid, alg, state }: StoredKey): Named => ({
  kid,
  alg,
  use: 'sig',
  ...(state === 'current' ? {} : { key_ops: ['verify'] }),
})

/** The order of the published JWKS. */
export const inOrder = (keys: StoredKey[]): StoredKey[] =>
  (['current', 'retired', 'next'] as const).flatMap((state) =>
    algorithms.flatMap((alg) => keys.filter((key) => key.state === state && key.alg === alg)),
  )
