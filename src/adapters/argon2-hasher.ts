import { randomBytes, timingSafeEqual } from 'node:crypto'
import argon2 from 'argon2'
import type { Metrics } from '../domain/observe.ts'
import type { Hasher } from '../domain/ports.ts'
import { turns } from '../domain/turns.ts'

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

interface Phc {
  type: keyof typeof TYPES
  version: number
  memoryKib: number
  timeCost: number
  parallelism: number
  salt: Buffer
  tag: Buffer
}

const TYPES = { argon2d: argon2.argon2d, argon2i: argon2.argon2i, argon2id: argon2.argon2id } as const

const VERSION = 0x13
const SALT_BYTES = 16
const TAG_BYTES = 32
/** The most that a hash from elsewhere may ask for, unless our own asks for more. */
const MOST = { memoryKib: 256 * 1024, timeCost: 16, parallelism: 16 }

const PHC =
  /^\$(argon2d|argon2i|argon2id)\$v=(16|19)\$((?:[mtp]=\d{1,9},){2}[mtp]=\d{1,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

/**
 * Hashes passwords with argon2id (RFC 9106), as PHC strings. Hashes of other parameters are verified as well, in any
 * order of parameters, as long as their cost is sane. What cannot be verified costs as much as a wrong password.
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
  const hashWith = (phc: Phc, password: string): Promise<Buffer> => inTurn(() => derive(phc, password))
  const fresh = (): Phc => ({ ...own, salt: randomBytes(SALT_BYTES), tag: Buffer.alloc(TAG_BYTES) })
  const most = {
    memoryKib: Math.max(MOST.memoryKib, own.memoryKib),
    timeCost: Math.max(MOST.timeCost, own.timeCost),
    parallelism: Math.max(MOST.parallelism, own.parallelism),
  }
  return {
    async hash(password) {
      const phc = fresh()
      return format({ ...phc, tag: await hashWith(phc, password) })
    },
    async verify(text, password) {
      const phc = parse(text, most)
      const tag = await hashWith(phc ?? fresh(), password)
      return phc !== undefined && timingSafeEqual(tag, phc.tag)
    },
    async verifyNothing(password) {
      await hashWith(fresh(), password)
    },
    isOutdated(text) {
      const phc = parse(text, most)
      return phc === undefined || isWeaker(phc, own)
    },
  }
}

type Cost = Pick<Phc, 'memoryKib' | 'timeCost' | 'parallelism'>

const isWeaker = (phc: Phc, own: Cost): boolean =>
  phc.type !== 'argon2id' ||
  phc.version !== VERSION ||
  phc.memoryKib < own.memoryKib ||
  phc.timeCost < own.timeCost ||
  phc.salt.length < SALT_BYTES ||
  phc.tag.length < TAG_BYTES

const derive = (phc: Phc, password: string): Promise<Buffer> =>
  argon2.hash(password, {
    raw: true,
    type: TYPES[phc.type],
    version: phc.version,
    memoryCost: phc.memoryKib,
    timeCost: phc.timeCost,
    parallelism: phc.parallelism,
    salt: phc.salt,
    hashLength: phc.tag.length,
  })

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

// The order that libargon2 insists on; the package's own strings have another one.
const format = ({ type, version, memoryKib, timeCost, parallelism, salt, tag }: Phc): string =>
  `$${type}$v=${version}$m=${memoryKib},t=${timeCost},p=${parallelism}$${base64(salt)}$${base64(tag)}`

/** Undefined for what is no argon2 hash, and for what would cost too much (or, in RFC 9106 §3.1, cannot be). */
const parse = (text: string, most: Cost): Phc | undefined => {
  const [, type, version, costs = '', salt = '', tag = ''] = PHC.exec(text) ?? []
  if (!isType(type)) return undefined
  const cost = new Map(costs.split(',').map((pair) => [pair.slice(0, 1), Number(pair.slice(2))]))
  const memoryKib = cost.get('m') ?? 0
  const timeCost = cost.get('t') ?? 0
  const parallelism = cost.get('p') ?? 0
  const isSane =
    timeCost >= 1 &&
    parallelism >= 1 &&
    memoryKib >= 8 * parallelism &&
    memoryKib <= most.memoryKib &&
    timeCost <= most.timeCost &&
    parallelism <= most.parallelism
  if (!isSane) return undefined
  const bytes = (encoded: string): Buffer => Buffer.from(encoded, 'base64')
  return {
    type,
    version: Number(version),
    memoryKib,
    timeCost,
    parallelism,
    salt: bytes(salt),
    tag: bytes(tag),
  }
}

const isType = (name: string | undefined): name is Phc['type'] => name !== undefined && name in TYPES
