import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { areSane, bytesOf, malformed, type Scheme, tooCostly } from './scheme.ts'

const derive = promisify(pbkdf2)

/** About a second of work; Django 6 asks for 1,200,000. */
const MOST_ITERATIONS = 2_000_000

/** PHC with `i=` and `l=`, and passlib with the bare number. */
const PHC =
  /^\$pbkdf2-(sha256|sha512)\$(?:i=)?(\d{1,9})(?:,l=(\d{1,3}))?\$([\w+/.-]{1,100})\$([\w+/.-]{1,100})$/
/** Its salt is a text, which is used as it stands. */
const DJANGO = /^pbkdf2_(sha256|sha512)\$(\d{1,9})\$([^$]{1,64})\$([A-Za-z0-9+/]{1,100}={0,2})$/

interface Parameters {
  digest: string
  iterations: number
  salt: Buffer
  tag: Buffer
}

const ofPhc = (text: string): Parameters | undefined => {
  const [whole, digest = '', iterations, length, salt = '', hash = ''] = PHC.exec(text) ?? []
  if (whole === undefined) return undefined
  const tag = bytesOf(hash)
  if (length !== undefined && Number(length) !== tag.length) return undefined
  return { digest, iterations: Number(iterations), salt: bytesOf(salt), tag }
}

const ofDjango = (text: string): Parameters | undefined => {
  const [whole, digest = '', iterations, salt = '', hash = ''] = DJANGO.exec(text) ?? []
  if (whole === undefined) return undefined
  return { digest, iterations: Number(iterations), salt: Buffer.from(salt), tag: bytesOf(hash) }
}

/** PBKDF2 (RFC 8018 §5.2) with SHA-256 or SHA-512: PHC strings, and those of passlib and Django. */
export const pbkdf2Hash: Scheme = (text) => {
  if (!/^\$?pbkdf2[-_]/.test(text)) return undefined
  const read = ofPhc(text) ?? ofDjango(text)
  if (!read || !areSane(read) || read.iterations < 1) return malformed
  const { digest, iterations, salt, tag } = read
  if (iterations > MOST_ITERATIONS) return tooCostly
  return {
    kind: 'usable',
    verify: async (password) =>
      timingSafeEqual(await derive(password, salt, iterations, tag.length, digest), tag),
  }
}
