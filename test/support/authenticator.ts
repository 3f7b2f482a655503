import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { JsonObject } from '../../src/domain/ports.ts'

/** What a test may have wrong about a ceremony. */
export interface Deviation {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  /** The person was not verified. */
  isUnverified?: boolean
  userHandle?: string | undefined
  crossOrigin?: boolean
}

export interface AuthenticatorOptions {
  origin: string
  /** Signature counter; undefined for one that keeps none. */
  counter?: number
  /** Copied between devices. */
  isSynced?: boolean
}

/** CBOR of the few kinds of values that authenticators write (RFC 8949 §3). */
type Cbor = number | string | Buffer | Map<number | string, Cbor>

const head = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff])
}

const cbor = (value: Cbor): Buffer => {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const members = [...value].flatMap(([key, member]) => [cbor(key), cbor(member)])
  return Buffer.concat([head(5, value.size), ...members])
}

/** COSE key of ES256 (RFC 9053 §7.1.1). */
const coseKey = (key: KeyObject): Buffer => {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

const FLAG = { present: 0x01, verified: 0x04, mayBeCopied: 0x08, isCopied: 0x10, hasKey: 0x40 }

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

const clientData = (type: string, challenge: unknown, deviation: Deviation, origin: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? origin,
      crossOrigin: deviation.crossOrigin ?? false,
    }),
  )

/** An authenticator with one ES256 credential, and the browser before it. */
export const softwareAuthenticator = ({ origin, counter: first, isSynced = false }: AuthenticatorOptions) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  const state = { counter: first, userHandle: '' }
  const rpId = new URL(origin).hostname

  const authenticatorData = (deviation: Deviation, key?: Buffer): Buffer => {
    if (state.counter !== undefined) state.counter += 1
    const flags =
      FLAG.present |
      (deviation.isUnverified ? 0 : FLAG.verified) |
      (isSynced ? FLAG.mayBeCopied | FLAG.isCopied : 0) |
      (key ? FLAG.hasKey : 0)
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(state.counter ?? 0)
    const start = Buffer.concat([sha256(deviation.rpId ?? rpId), Buffer.from([flags]), counter])
    return key ? Buffer.concat([start, Buffer.alloc(16), Buffer.from([0, id.length]), id, key]) : start
  }

  const credential = (response: JsonObject): JsonObject => {
    const name = id.toString('base64url')
    return { id: name, rawId: name, type: 'public-key', clientExtensionResults: {}, response }
  }

  return {
    id: id.toString('base64url'),
    state,
    /** `navigator.credentials.create` with `PublicKeyCredentialCreationOptionsJSON`. */
    create(options: JsonObject, deviation: Deviation = {}, attestation: Cbor = 'none'): JsonObject {
      const { user } = options
      if (user && typeof user === 'object' && 'id' in user) state.userHandle = String(user.id)
      const object = new Map<string, Cbor>([
        ['fmt', attestation],
        ['attStmt', new Map()],
        ['authData', authenticatorData(deviation, coseKey(publicKey))],
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', options.challenge, deviation, origin).toString(
          'base64url',
        ),
        attestationObject: cbor(object).toString('base64url'),
        transports: ['internal', 'hybrid'],
      })
    },
    /** `navigator.credentials.get` with `PublicKeyCredentialRequestOptionsJSON`. */
    get(options: JsonObject, deviation: Deviation = {}): JsonObject {
      const data = clientData('webauthn.get', options.challenge, deviation, origin)
      const authenticator = authenticatorData(deviation)
      const signature = sign('sha256', Buffer.concat([authenticator, sha256(data)]), privateKey)
      const userHandle = 'userHandle' in deviation ? deviation.userHandle : state.userHandle
      return credential({
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authenticator.toString('base64url'),
        signature: signature.toString('base64url'),
        ...(userHandle === undefined ? {} : { userHandle }),
      })
    },
  }
}
