import { z } from 'zod'
import type { Sealer } from '../ports.ts'
import { type Algorithm, algorithms, generatePrivateKey, PrivateKey, thumbprint } from './key-pair.ts'

/** The signing keys cannot be used; the message is a sentence for the operator. */
export class SigningKeyFault extends Error {
  override readonly name = 'SigningKeyFault'
}

const StoredKey = z.object({
  /** RFC 7638 thumbprint. */
  kid: z.string(),
  alg: z.enum(algorithms),
  /** `next` is published and waits, `current` signs, `retired` is published for what it has signed. */
  state: z.enum(['next', 'current', 'retired']),
  /** Milliseconds. */
  createdAt: z.number(),
  /** Milliseconds; when it entered its state. */
  since: z.number(),
  /** The private key as JSON, sealed. */
  sealed: z.string(),
})
export type StoredKey = z.infer<typeof StoredKey>

const hasOneOfEach = (keys: StoredKey[]): boolean =>
  algorithms.every((alg) =>
    ['current', 'next'].every((state) => keys.filter((k) => k.alg === alg && k.state === state).length === 1),
  )

const Document = z.object({ keys: z.array(StoredKey).refine(hasOneOfEach) })

/** @throws SigningKeyFault if the document is not one that this code writes */
export const parseKeys = (value: unknown): StoredKey[] => {
  const parsed = Document.safeParse(value)
  if (!parsed.success) {
    throw new SigningKeyFault('the stored signing keys are damaged; restore a backup', {
      cause: parsed.error,
    })
  }
  return parsed.data.keys
}

const PURPOSE = 'signing-key'

export const freshKey = async (
  sealer: Sealer,
  alg: Algorithm,
  { state, at }: { state: 'next' | 'current'; at: number },
): Promise<StoredKey> => {
  const key = await generatePrivateKey(alg)
  const kid = thumbprint(key)
  return { kid, alg, state, createdAt: at, since: at, sealed: sealKey(sealer, kid, key) }
}

const sealKey = (sealer: Sealer, kid: string, key: PrivateKey): string =>
  sealer.seal(PURPOSE, kid, JSON.stringify(key))

/** @throws SigningKeyFault if the sealing key is missing or the record was altered */
export const openKey = (sealer: Pick<Sealer, 'open'>, { kid, sealed }: StoredKey): PrivateKey => {
  try {
    return PrivateKey.parse(JSON.parse(sealer.open(PURPOSE, kid, sealed)))
  } catch (cause) {
    throw new SigningKeyFault(
      `the signing key ${kid} cannot be opened; the sealing key that sealed it must be set (SEALING_KEY, or sealing.key in KEYS_DIR)`,
      { cause },
    )
  }
}

/** Seals the key under the newest sealing key, so that an older one can be given up. */
export const resealed = (sealer: Sealer, stored: StoredKey): StoredKey => ({
  ...stored,
  sealed: sealKey(sealer, stored.kid, openKey(sealer, stored)),
})
