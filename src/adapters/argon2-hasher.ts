import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Metrics } from '../domain/observe.ts'
import type { Hasher } from '../domain/ports.ts'
import { turns } from '../domain/turns.ts'
import { type Cost, deriveTag, formatPhc, type Phc, readPhc } from './argon2-phc.ts'
import { foreignHash } from './foreign-hashes/index.ts'

export interface Argon2Options {
  memoryKib: number
  timeCost: number
  parallelism: number
  /** Hashes at the same time; they share libuv's threads with files and signatures. */
  concurrency: number
  /** How many may wait; about five seconds of work. */
  queue: number
  metrics: Pick<Metrics, 'hashQueue'>
}

const VERSION = 0x13
const SALT_BYTES = 16
const TAG_BYTES = 32
/** The most that a hash from elsewhere may ask for, unless our own asks for more. */
const MOST = { memoryKib: 256 * 1024, timeCost: 16, parallelism: 16 }

/**
 * Hashes passwords with argon2id (RFC 9106), as PHC strings. Hashes of other parameters and of other systems are
 * verified as well, in the same queue, as long as their cost is sane. What cannot be verified costs as much as a wrong
 * password.
 */
export const argon2Hasher = (options: Argon2Options): Hasher => {
  const own = {
    type: 'argon2id',
    version: VERSION,
    memoryKib: options.memoryKib,
    timeCost: options.timeCost,
    parallelism: options.parallelism,
  } as const
  const inTurn = turns({ ...options, onWaiting: (length) => options.metrics.hashQueue(length) })
  const hashWith = (phc: Phc, password: string): Promise<Buffer> => inTurn(() => deriveTag(phc, password))
  const fresh = (): Phc => ({ ...own, salt: randomBytes(SALT_BYTES), tag: Buffer.alloc(TAG_BYTES) })
  const most = {
    memoryKib: Math.max(MOST.memoryKib, own.memoryKib),
    timeCost: Math.max(MOST.timeCost, own.timeCost),
    parallelism: Math.max(MOST.parallelism, own.parallelism),
  }
  return {
    async hash(password) {
      const phc = fresh()
      return formatPhc({ ...phc, tag: await hashWith(phc, password) })
    },
    async verify(text, password) {
      const foreign = foreignHash(text)
      if (foreign?.kind === 'usable') return inTurn(() => foreign.verify(password))
      const read = readPhc(text, most)
      const phc = read.kind === 'phc' ? read.phc : undefined
      const tag = await hashWith(phc ?? fresh(), password)
      return phc !== undefined && timingSafeEqual(tag, phc.tag)
    },
    async verifyNothing(password) {
      await hashWith(fresh(), password)
    },
    isOutdated(text) {
      const read = readPhc(text, most)
      return read.kind === 'unusable' || isWeaker(read.phc, own)
    },
    fault(text) {
      const read = foreignHash(text) ?? readPhc(text, most)
      return read.kind === 'unusable' ? read.fault : undefined
    },
  }
}

const isWeaker = (phc: Phc, own: Cost): boolean =>
  phc.type !== 'argon2id' ||
  phc.version !== VERSION ||
  phc.memoryKib < own.memoryKib ||
  phc.timeCost < own.timeCost ||
  phc.salt.length < SALT_BYTES ||
  phc.tag.length < TAG_BYTES
