import type { Account, JsonObject, Passkey } from '../ports.ts'
import { type Assertion, type AssertionResponse, assertion } from './passkey-assertion.ts'
import { asJson, CEREMONY } from './passkey-challenges.ts'
import { AuthenticationResponse, challengeOf } from './passkey-input.ts'
import type { PasskeyParts } from './passkey-parts.ts'
import { webauthn } from './webauthn.ts'

export type PasskeyAuthenticated =
  /** `amr` are RFC 8176 methods: `swk` for a passkey that is copied between devices, otherwise `hwk`; `user` if its user was verified. */
  { kind: 'ok'; sub: string; amr: string[]; isUserVerified: boolean } | { kind: 'wrong' }

export interface PasskeyAuthentication {
  /**
   * `PublicKeyCredentialRequestOptionsJSON`; its challenge is good once, for 10 minutes.
   *
   * @param binding what the challenge belongs to: an interaction
   * @param account only for a second factor: its passkeys are named. Without it nobody's are.
   */
  authenticationOptions(binding: string, account?: Account): Promise<JsonObject>
  /**
   * @param attempt.sub only for a second factor: whose password was right. Without it the passkey is the whole sign-in,
   *   and has to verify its user.
   */
  authenticate(attempt: {
    binding: string
    response: unknown
    address: string
    sub?: string
  }): Promise<PasskeyAuthenticated>
}

export const passkeyAuthentication = (parts: PasskeyParts): PasskeyAuthentication => ({
  async authenticationOptions(binding, account) {
    const { challenges, issuer } = parts
    const challenge = await challenges.issue('PasskeyAuthentication', { binding, sub: account?.sub ?? null })
    const { generateAuthenticationOptions } = await webauthn()
    const options = await generateAuthenticationOptions({
      rpID: new URL(issuer).hostname,
      challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
      timeout: CEREMONY,
      allowCredentials: account?.factors.passkeys.map(({ id, transports }) => ({ id, transports })) ?? [],
      userVerification: account ? 'preferred' : 'required',
    })
    return asJson(options)
  },
  async authenticate({ binding, response: given, address, sub }) {
    const parsed = AuthenticationResponse.safeParse(given)
    if (!parsed.success) return { kind: 'wrong' }
    const response = parsed.data
    const challenge = await ownChallenge(parts, response, { binding, sub: sub ?? null })
    const claimed = await claimedPasskey(parts, response, sub)
    if (challenge === undefined || !claimed) return { kind: 'wrong' }
    const isAlone = sub === undefined
    const proof = await assertion(parts, { response, challenge, passkey: claimed.passkey, isAlone })
    return proof.kind === 'refused'
      ? refused(parts, claimed, { address, reason: proof.reason })
      : accepted(parts, claimed, { address, proof })
  },
})

const ownChallenge = async (
  { challenges }: PasskeyParts,
  { response }: AssertionResponse,
  expected: { binding: string; sub: string | null },
): Promise<string | undefined> => {
  const challenge = challengeOf(response.clientDataJSON)
  const issued = challenge && (await challenges.take('PasskeyAuthentication', challenge))
  const isOwn = issued && issued.binding === expected.binding && issued.sub === expected.sub
  return isOwn ? challenge : undefined
}

interface Claimed {
  account: Account
  passkey: Passkey
}

/** Whose passkey it says it is: a passkey that finds its account by itself names it (§7.2, step 6). */
const claimedPasskey = async (
  { accounts }: PasskeyParts,
  { id, response: { userHandle } }: AssertionResponse,
  sub: string | undefined,
): Promise<Claimed | undefined> => {
  const named = userHandle ? Buffer.from(userHandle, 'base64url').toString('utf8') : undefined
  const owner = sub ?? named
  if (owner === undefined || (named !== undefined && named !== owner)) return undefined
  const account = await accounts.find(owner)
  const passkey = account?.factors.passkeys.find((known) => known.id === id)
  return account && passkey && !account.disabled ? { account, passkey } : undefined
}

const refused = (
  { audit }: PasskeyParts,
  { account: { sub }, passkey: { name } }: Claimed,
  { address, reason }: { address: string; reason: string },
): PasskeyAuthenticated => {
  audit({ type: 'passkey.refused', sub, address, detail: { reason, name } })
  return { kind: 'wrong' }
}

/** §7.2, step 22: a counter that does not go up means that there may be two of it. Those that keep none stay at 0. */
const goesUp = (next: number, last: number): boolean => next > last || (next === 0 && last === 0)

const accepted = async (
  parts: PasskeyParts,
  claimed: Claimed,
  {
    address,
    proof: { counter, isUserVerified },
  }: { address: string; proof: Extract<Assertion, { kind: 'proven' }> },
): Promise<PasskeyAuthenticated> => {
  const { accounts, audit, now } = parts
  const { id, isSynced, name } = claimed.passkey
  const { sub } = claimed.account
  const account = await accounts.changeFactors(sub, (factors, { disabled }) => {
    const known = factors.passkeys.find((passkey) => passkey.id === id)
    if (disabled || !known || !goesUp(counter, known.counter)) return undefined
    const used = { ...known, counter, lastUsedAt: now() }
    return { ...factors, passkeys: factors.passkeys.map((one) => (one === known ? used : one)) }
  })
  if (!account) return refused(parts, claimed, { address, reason: 'counter' })
  audit({ type: 'sign_in.succeeded', sub, address, detail: { method: 'passkey', name } })
  const amr = [isSynced ? 'swk' : 'hwk', ...(isUserVerified ? ['user'] : [])]
  return { kind: 'ok', sub, amr, isUserVerified }
}
