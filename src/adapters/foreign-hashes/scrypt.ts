import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { areSane, bytesOf, malformed, type Scheme, tooCostly } from './scheme.ts'

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{1,100})\$([A-Za-z0-9+/]{1,100})$/

const MEBIBYTE = 1024 * 1024
/** Bytes: what the largest settings that OWASP recommends need (N = 2^17, r = 8). */
const MOST_MEMORY = 128 * MEBIBYTE
/** N · r · p: about a second of work. */
const MOST_WORK = 2 ** 22

const derive = (password: string, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)))
  })

/** scrypt (RFC 7914) as a PHC string, as passlib writes it, too. */
export const scryptHash: Scheme = (text) => {
  if (!text.startsWith('$scrypt$')) return undefined
  const [whole, ln, r, p, salt = '', hash = ''] = PHC.exec(text) ?? []
  const read = { salt: bytesOf(salt), tag: bytesOf(hash) }
  const options = { N: 2 ** Number(ln), r: Number(r), p: Number(p) }
  if (whole === undefined || !areSane(read)) return malformed
  if (options.N < 2 || options.r < 1 || options.p < 1) return malformed
  const memory = 128 * options.N * options.r
  if (memory > MOST_MEMORY || options.N * options.r * options.p > MOST_WORK) return tooCostly
  // Beside the large table there is a small one for each of p.
  const maxmem = memory + 128 * options.r * (options.p + 2) + MEBIBYTE
  return {
    kind: 'usable',
    verify: async (password) =>
      timingSafeEqual(await derive(password, read.salt, read.tag.length, { ...options, maxmem }), read.tag),
  }
}
