import type { Clock, DocumentStore, Sealer } from './ports.ts'
import { algorithms } from './signing-keys/key-pair.ts'
import { inOrder, type KeySet, keySet } from './signing-keys/key-set.ts'
import {
  freshKey,
  openKey,
  parseKeys,
  resealed,
  SigningKeyFault,
  type StoredKey,
} from './signing-keys/stored-keys.ts'

export type { KeySet } from './signing-keys/key-set.ts'
export { SigningKeyFault } from './signing-keys/stored-keys.ts'

export interface SigningKeyParts {
  documents: DocumentStore
  sealer: Sealer
  now: Clock
  /** Seconds for which a key is published before it signs: the life of a cached JWKS, and time for every process to load it. */
  publishAhead: number
  /** Seconds for which a retired key stays published: the life of the longest session or token. */
  retireAfter: number
}

/** What anybody may know of a key. */
export type KeyInfo = Pick<StoredKey, 'kid' | 'alg' | 'state' | 'createdAt' | 'since'>

export type Rotation =
  | { kind: 'rotated' }
  /** Relying parties may not know the next key before `possibleAt` (milliseconds). */
  | { kind: 'too_young'; possibleAt: number }
  /** Another process changed the keys at the same moment; nothing was done here. */
  | { kind: 'overtaken' }

export type Withdrawal = { kind: 'withdrawn' } | { kind: 'not_retired' } | { kind: 'overtaken' }

export interface SigningKeys {
  /** The present keys, made at the first use. Call it again after a change of the topic `documents`. */
  load(): Promise<KeySet>
  /** Next becomes current, current retired, and a new next is published; `force` skips the wait. */
  rotate(options: { force: boolean }): Promise<Rotation>
  /** Stops publishing a retired key at once: for one that has leaked. */
  withdraw(kid: string): Promise<Withdrawal>
  /** In the order of the JWKS; empty before the first use. */
  list(): Promise<KeyInfo[]>
}

const DOCUMENT = 'signing-keys'

/**
 * Makes sure of a document that comes from elsewhere; one that holds no signing keys passes.
 *
 * @throws SigningKeyFault if it holds keys that cannot be used with these sealing keys
 */
export const checkSigningKeys = (
  sealer: Pick<Sealer, 'open'>,
  { name, value }: { name: string; value: unknown },
): void => {
  if (name === DOCUMENT) for (const key of parseKeys(value)) openKey(sealer, key)
}

/**
 * The signing keys of all processes: sealed, in one document that changes by compare-and-set.
 * Every method rejects with SigningKeyFault if what is stored cannot be used.
 */
export const signingKeys = (parts: SigningKeyParts): SigningKeys => {
  const { documents, sealer, now } = parts
  const publishAhead = parts.publishAhead * 1000
  const retireAfter = parts.retireAfter * 1000

  const read = async () => {
    const document = await documents.read(DOCUMENT)
    return document && { keys: parseKeys(document.value), version: document.version }
  }

  /** Of several processes that start at once, one writes; all go on with what it wrote. */
  const create = async () => {
    const at = now()
    const keys = await Promise.all(
      algorithms.flatMap((alg) =>
        (['current', 'next'] as const).map((state) => freshKey(sealer, alg, { state, at })),
      ),
    )
    await documents.write(DOCUMENT, { keys }, 0)
    const stored = await read()
    if (!stored) throw new SigningKeyFault('the store did not keep the signing keys')
    return stored
  }
  const present = async () => (await read()) ?? (await create())

  const advanced = (key: StoredKey, at: number): StoredKey[] => {
    if (key.state === 'retired') return at < key.since + retireAfter ? [key] : []
    return [{ ...key, state: key.state === 'next' ? 'current' : 'retired', since: at }]
  }

  return {
    load: async () => keySet(sealer, await present()),
    rotate: async ({ force }) => {
      const { keys, version } = await present()
      const waiting = keys.filter(({ state }) => state === 'next')
      const possibleAt = Math.max(...waiting.map(({ since }) => since)) + publishAhead
      const at = now()
      if (!force && at < possibleAt) return { kind: 'too_young', possibleAt }
      const kept = keys.flatMap((key) => advanced(key, at)).map((key) => resealed(sealer, key))
      const next = await Promise.all(algorithms.map((alg) => freshKey(sealer, alg, { state: 'next', at })))
      const isWritten = await documents.write(DOCUMENT, { keys: [...kept, ...next] }, version)
      return { kind: isWritten ? 'rotated' : 'overtaken' }
    },
    withdraw: async (kid) => {
      const { keys, version } = await present()
      const isLeaked = (key: StoredKey): boolean => key.kid === kid && key.state === 'retired'
      if (!keys.some(isLeaked)) return { kind: 'not_retired' }
      const kept = keys.filter((key) => !isLeaked(key))
      const isWritten = await documents.write(DOCUMENT, { keys: kept }, version)
      return { kind: isWritten ? 'withdrawn' : 'overtaken' }
    },
    list: async () => inOrder((await read())?.keys ?? []).map(({ sealed, ...info }) => info),
  }
}
