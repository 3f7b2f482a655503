import { digest } from './digest.ts'
import type { ArtifactStore, Clock, JsonObject } from './ports.ts'

/** What a letter can prove, as the store's model name: a key space each, so that a token of one kind is nothing at another (C-02). */
export type ProofKind =
  | 'EmailProof'
  | 'PendingRegistration'
  | 'PasswordReset'
  | 'AddressChange'
  | 'DeletionUndo'

/** Single-use secrets that travel by mail. Only their SHA-256 rests in the store. */
export interface Proofs {
  /**
   * @param lifetime milliseconds
   * @returns the token: 43 characters, base64url
   */
  issue(kind: ProofKind, payload: JsonObject, lifetime: number): Promise<string>
  /** What the token carries, while it is good; it stays good. */
  peek(kind: ProofKind, token: string): Promise<JsonObject | undefined>
  /** The same, once: of any number of parallel callers one gets it. */
  take(kind: ProofKind, token: string): Promise<JsonObject | undefined>
}

export interface ProofParts {
  artifacts: Pick<ArtifactStore, 'put' | 'find' | 'takeOnce'>
  now: Clock
  /** @param size bytes */
  random: (size: number) => Buffer
}

/** Bytes of a token. */
const SIZE = 32
const TOKEN = /^[\w-]{43}$/

/** The functions reject with the refusal `store_unavailable`. */
export const proofs = ({ artifacts, now, random }: ProofParts): Proofs => ({
  async issue(kind, payload, lifetime) {
    const token = random(SIZE).toString('base64url')
    await artifacts.put({
      model: kind,
      key: digest(token),
      payload,
      expiresAt: now() + lifetime,
      grantId: undefined,
    })
    return token
  },
  async peek(kind, token) {
    return TOKEN.test(token) ? (await artifacts.find(kind, digest(token)))?.payload : undefined
  },
  async take(kind, token) {
    return TOKEN.test(token) ? (await artifacts.takeOnce(kind, digest(token)))?.payload : undefined
  },
})
