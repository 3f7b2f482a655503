import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { Sealer } from '../domain/ports.ts'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/** A sealed value cannot be opened. The message never holds any of it. */
export class SealFault extends Error {
  override readonly name = 'SealFault'
}

/**
 * Seals with the first key and opens with all of them. A purpose should stay below 2^32 values in the life of a key
 * (NIST SP 800-38D §8.3: random IVs of 96 bits).
 *
 * @param keys 32 random bytes each, newest first
 * @throws SealFault from `open` if the value was altered, belongs elsewhere or its key is unknown
 */
export const sealer = (keys: readonly Buffer[]): Sealer => {
  const rings = keys.map(keyRing)
  const [newest] = rings
  if (newest === undefined) throw new RangeError('sealing needs at least one key')
  const byId = new Map(rings.map((ring) => [ring.id, ring]))

  return {
    seal: (purpose, context, clear) => {
      if (!clear.isWellFormed()) throw new TypeError('only well-formed text can be sealed')
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(CIPHER, newest.key(`seal ${purpose}`), iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(bound(newest.id, purpose, context))
      const sealed = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return ['v1', newest.id, iv.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open: (purpose, context, text) => {
      const { id, iv, ciphertext, tag } = parse(text)
      const ring = byId.get(id)
      if (!ring) throw new SealFault('the key that sealed this value is not among SEALING_KEY')
      const decipher = createDecipheriv(CIPHER, ring.key(`seal ${purpose}`), iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(bound(id, purpose, context)).setAuthTag(tag)
      try {
        return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new SealFault('a sealed value was altered or belongs elsewhere', { cause })
      }
    },
    mac: (purpose, value) => mac(newest, purpose, value),
    macs: (purpose, value) => rings.map((ring) => mac(ring, purpose, value)),
  }
}

interface KeyRing {
  /** Short thumbprint of the key; tells nothing about it. */
  id: string
  key(use: string): KeyObject
}

/** Derives a key for each use (RFC 5869) and keeps it: the uses are few and named by the code. */
const keyRing = (key: Buffer): KeyRing => {
  if (key.length !== KEY_BYTES) throw new RangeError(`a sealing key has ${KEY_BYTES} bytes`)
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `gatehouse ${info}`, length))
  const derived = new Map<string, KeyObject>()
  return {
    id: derive('key id', 6).toString('base64url'),
    key: (use) => {
      const known = derived.get(use)
      if (known) return known
      const made = createSecretKey(derive(use, KEY_BYTES))
      derived.set(use, made)
      return made
    },
  }
}

/** JSON keeps the members apart: no two places have the same additional data. */
const bound = (...members: string[]): Buffer => Buffer.from(JSON.stringify(['v1', ...members]))

const mac = (ring: KeyRing, purpose: string, value: string): string =>
  createHmac('sha256', ring.key(`mac ${purpose}`))
    .update(value)
    .digest('base64url')

const parse = (text: string) => {
  const [version, id = '', iv = '', sealed = '', ...more] = text.split('.')
  const bytes = canonical(sealed)
  const parts = {
    id,
    iv: canonical(iv),
    ciphertext: bytes.subarray(0, -TAG_BYTES),
    tag: bytes.subarray(-TAG_BYTES),
  }
  const isComplete = parts.iv.length === IV_BYTES && parts.tag.length === TAG_BYTES
  if (version !== 'v1' || more.length > 0 || !isComplete) throw new SealFault('not a sealed value')
  return parts
}

/** Node ignores what is not base64url and the spare bits at the end; here every character counts. */
const canonical = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new SealFault('not a sealed value')
  return bytes
}
