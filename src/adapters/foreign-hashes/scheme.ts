/** A password hash of another system, as far as it can be verified here. */
export type ForeignHash =
  | { kind: 'usable'; verify(password: string): Promise<boolean> }
  /** Of this scheme, but no hash, or one that would take too long or too much memory to verify. */
  | { kind: 'unusable'; fault: 'malformed' | 'too_costly' }

/** Reads the hashes of one scheme; undefined for those of any other. */
export type Scheme = (text: string) => ForeignHash | undefined

export const malformed: ForeignHash = { kind: 'unusable', fault: 'malformed' }
export const tooCostly: ForeignHash = { kind: 'unusable', fault: 'too_costly' }

/** Standard base64 with or without padding, also with the `.` that passlib writes for `+`. */
export const bytesOf = (base64: string): Buffer => Buffer.from(base64.replaceAll('.', '+'), 'base64')

const SALT = { least: 4, most: 64 }
const TAG = { least: 16, most: 64 }

/** Lengths in bytes that salts and hashes have. */
export const areSane = ({ salt, tag }: { salt: Buffer; tag: Buffer }): boolean =>
  salt.length >= SALT.least && salt.length <= SALT.most && tag.length >= TAG.least && tag.length <= TAG.most
