import argon2 from 'argon2'

const TYPES = { argon2d: argon2.argon2d, argon2i: argon2.argon2i, argon2id: argon2.argon2id } as const

/** Hash of argon2 (RFC 9106), read. */
export interface Phc {
  type: keyof typeof TYPES
  version: number
  memoryKib: number
  timeCost: number
  parallelism: number
  salt: Buffer
  tag: Buffer
}

export type Cost = Pick<Phc, 'memoryKib' | 'timeCost' | 'parallelism'>

const FORM =
  /^\$(argon2d|argon2i|argon2id)\$v=(16|19)\$((?:[mtp]=\d{1,9},){2}[mtp]=\d{1,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

/** The order that libargon2 insists on; the package's own strings have another one. */
export const formatPhc = ({ type, version, memoryKib, timeCost, parallelism, salt, tag }: Phc): string =>
  `$${type}$v=${version}$m=${memoryKib},t=${timeCost},p=${parallelism}$${base64(salt)}$${base64(tag)}`

/** Computes the tag that the parameters of `phc` give for a password. */
export const deriveTag = (phc: Phc, password: string): Promise<Buffer> =>
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

export type PhcRead = { kind: 'phc'; phc: Phc } | { kind: 'unusable'; fault: 'malformed' | 'too_costly' }

/** Reads a hash whose parameters may be in any order; what RFC 9106 §3.1 does not allow is malformed. */
export const readPhc = (text: string, most: Cost): PhcRead => {
  const [, type, version, costs = '', salt = '', tag = ''] = FORM.exec(text) ?? []
  const cost = new Map(costs.split(',').map((pair) => [pair.slice(0, 1), Number(pair.slice(2))]))
  const memoryKib = cost.get('m') ?? 0
  const timeCost = cost.get('t') ?? 0
  const parallelism = cost.get('p') ?? 0
  const canBe = timeCost >= 1 && parallelism >= 1 && memoryKib >= 8 * parallelism
  if (!isType(type) || !canBe) return { kind: 'unusable', fault: 'malformed' }
  if (memoryKib > most.memoryKib || timeCost > most.timeCost || parallelism > most.parallelism) {
    return { kind: 'unusable', fault: 'too_costly' }
  }
  const bytes = (encoded: string): Buffer => Buffer.from(encoded, 'base64')
  const phc = { type, version: Number(version), memoryKib, timeCost, parallelism }
  return { kind: 'phc', phc: { ...phc, salt: bytes(salt), tag: bytes(tag) } }
}

const isType = (name: string | undefined): name is Phc['type'] => name !== undefined && name in TYPES
