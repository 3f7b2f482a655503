import type { Account, JsonObject, Passkey } from '../ports.ts'
import { withCodes } from './factor-set.ts'
import { ALGORITHMS, type AttestationResponse, attestation } from './passkey-attestation.ts'
import { asJson, CEREMONY } from './passkey-challenges.ts'
import { challengeOf, RegistrationResponse, readPasskeyName } from './passkey-input.ts'
import type { PasskeyParts } from './passkey-parts.ts'
import { webauthn } from './webauthn.ts'

export type PasskeyRegistered =
  /** `recoveryCodes` are those that the first factor brings: made now, shown once. */
  { kind: 'ok'; passkey: Passkey; recoveryCodes: string[] | undefined } | { kind: 'wrong' }

export interface PasskeyRegistration {
  /** `PublicKeyCredentialCreationOptionsJSON`; its challenge is good once, for 10 minutes. */
  registrationOptions(account: Account): Promise<JsonObject>
  /** @param attempt.response what the browser made of the options; nothing is believed of it */
  register(attempt: {
    sub: string
    response: unknown
    name: string
    address: string
  }): Promise<PasskeyRegistered>
}

/** More than anybody has devices, and little enough for one record. */
export const MOST_PASSKEYS = 20

export const passkeyRegistration = (parts: PasskeyParts): PasskeyRegistration => ({
  async registrationOptions({ sub, email, name, factors, validAfter }) {
    const { challenges, issuer } = parts
    const { hostname } = new URL(issuer)
    const challenge = await challenges.issue('PasskeyRegistration', { sub, validAfter })
    const { generateRegistrationOptions } = await webauthn()
    const options = await generateRegistrationOptions({
      rpName: hostname,
      rpID: hostname,
      userID: Uint8Array.from(Buffer.from(sub)),
      userName: email,
      userDisplayName: name ?? email,
      challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
      timeout: CEREMONY,
      attestationType: 'none',
      excludeCredentials: factors.passkeys.map(({ id, transports }) => ({ id, transports })),
      // Discoverable: it can be the whole sign-in.
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      supportedAlgorithmIDs: ALGORITHMS,
    })
    return asJson(options)
  },
  async register({ sub, response, name: typed, address }) {
    const parsed = RegistrationResponse.safeParse(response)
    const name = readPasskeyName(typed)
    if (!parts.mayEnrol || !parsed.success || name === undefined) return { kind: 'wrong' }
    const asked = await ownChallenge(parts, sub, parsed.data)
    const made = asked && (await attestation(parts, { response: parsed.data, challenge: asked.challenge }))
    if (!made) return { kind: 'wrong' }
    const passkey = { ...made, name, addedAt: parts.now(), lastUsedAt: undefined }
    return install(parts, { owner: asked.owner, address, passkey })
  },
})

/** When the sessions end, so do the ceremonies under way: they may be those of somebody who had the account before (C-15). */
interface Owner {
  sub: string
  validAfter: number
}

const ownChallenge = async (
  { challenges }: PasskeyParts,
  sub: string,
  { response }: AttestationResponse,
): Promise<{ challenge: string; owner: Owner } | undefined> => {
  const challenge = challengeOf(response.clientDataJSON)
  const issued = challenge && (await challenges.take('PasskeyRegistration', challenge))
  if (!challenge || !issued || issued.sub !== sub) return undefined
  return { challenge, owner: { sub, validAfter: Number(issued.validAfter) } }
}

const mayTake = (
  { factors: { passkeys }, disabled, validAfter }: Account,
  id: string,
  owner: Owner,
): boolean =>
  !disabled &&
  validAfter === owner.validAfter &&
  passkeys.length < MOST_PASSKEYS &&
  passkeys.every((known) => known.id !== id)

const install = async (
  { accounts, recoveryCodes, notices }: PasskeyParts,
  { owner, address, passkey }: { owner: Owner; address: string; passkey: Passkey },
): Promise<PasskeyRegistered> => {
  const found = await accounts.find(owner.sub)
  if (!found || !mayTake(found, passkey.id, owner)) return { kind: 'wrong' }
  const made = found.factors.recoveryCodes ? undefined : await recoveryCodes.make()
  const account = await accounts.changeFactors(owner.sub, (factors, present) =>
    mayTake(present, passkey.id, owner)
      ? withCodes({ ...factors, passkeys: [...factors.passkeys, passkey] }, made?.stored)
      : undefined,
  )
  if (!account) return { kind: 'wrong' }
  notices.changed('passkey.added', { account, address, detail: { name: passkey.name } })
  const isNew = made !== undefined && account.factors.recoveryCodes === made.stored
  if (isNew) notices.noted('recovery_codes.made', { account, address })
  return { kind: 'ok', passkey, recoveryCodes: isNew ? made.shown : undefined }
}
