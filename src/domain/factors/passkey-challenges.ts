import { digest } from '../digest.ts'
import type { ArtifactStore, Clock, JsonObject } from '../ports.ts'

/** Ceremonies, as the store's model names: a key space each. */
export type Ceremony = 'PasskeyRegistration' | 'PasskeyAuthentication'

/** Challenges of WebAuthn ceremonies (Web Authentication Level 3 §13.4.3). */
export interface PasskeyChallenges {
  /** @returns the challenge as it goes to the browser, base64url */
  issue(ceremony: Ceremony, belongsTo: JsonObject): Promise<string>
  /** What the challenge belongs to, once: of any number of parallel callers one gets it. */
  take(ceremony: Ceremony, challenge: string): Promise<JsonObject | undefined>
}

export interface PasskeyChallengeParts {
  artifacts: Pick<ArtifactStore, 'put' | 'takeOnce'>
  now: Clock
  /** @param size bytes */
  random: (size: number) => Buffer
}

/** Milliseconds; longer than any prompt of a browser stays open. */
export const CEREMONY = 10 * 60_000
const BYTES = 32

/** Stored under themselves, so that two tabs of one sign-in do not overwrite each other's. */
export const passkeyChallenges = ({ artifacts, now, random }: PasskeyChallengeParts): PasskeyChallenges => ({
  async issue(ceremony, belongsTo) {
    const challenge = random(BYTES).toString('base64url')
    await artifacts.put({
      model: ceremony,
      key: digest(challenge),
      payload: belongsTo,
      expiresAt: now() + CEREMONY,
      grantId: undefined,
    })
    return challenge
  },
  async take(ceremony, challenge) {
    return (await artifacts.takeOnce(ceremony, digest(challenge)))?.payload
  },
})

/** Options as they go to the browser. */
export const asJson = (options: object): JsonObject => JSON.parse(JSON.stringify(options))
