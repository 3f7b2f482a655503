import { hash, timingSafeEqual } from 'node:crypto'
import type { Sealer } from '../ports.ts'
import { SECRET_PURPOSE } from './writes.ts'

/** As many clients as are busy at once. */
const MOST_KNOWN = 1000

/**
 * Tells whether a secret belongs to a stored keyed hash, in constant time (N-10). A keyed hash at each request would
 * cost more than all else that is done for a token: a secret that was right is known again by a plain hash with a salt
 * of this process, as long as the stored hash stays the same.
 *
 * @param salt random text of this process
 */
export const secretCheck = ({ sealer, salt }: { sealer: Pick<Sealer, 'macs'>; salt: string }) => {
  const known = new Map<string, Buffer>()
  const remember = (mac: string, print: Buffer): void => {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(mac, print)
  }
  return (mac: string, secret: string): boolean => {
    const print = hash('sha256', salt + secret, 'buffer')
    const right = known.get(mac)
    if (right && timingSafeEqual(right, print)) return true
    const isRight = isAmong(mac, sealer.macs(SECRET_PURPOSE, secret))
    if (isRight) remember(mac, print)
    return isRight
  }
}

/** Every comparison is made, so that the time does not tell under which key the hash was. */
const isAmong = (mac: string, candidates: readonly string[]): boolean => {
  const wanted = Buffer.from(mac)
  const matches = candidates.map((candidate) => {
    const given = Buffer.from(candidate)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  })
  return matches.includes(true)
}
