import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** The key files cannot be used; the message is a sentence for the operator, to be shown without a stack. */
export class KeyFileFault extends Error {
  override readonly name = 'KeyFileFault'
}

export interface KeyFiles {
  /** 32 bytes. */
  sealingKey: Buffer
  /** At least 43 characters of base64url: 256 bits. */
  cookieKey: string
}

interface Kind {
  file: string
  content: string
  /** What a new file costs. */
  loss: string
  isSound(text: string): boolean
  fresh(): string
}

const sealing: Kind = {
  file: 'sealing.key',
  content: 'base64 of 32 bytes',
  loss: 'what the old one sealed is lost then',
  isSound: (text) => /^[A-Za-z0-9+/]{43}=$/.test(text),
  fresh: () => randomBytes(32).toString('base64'),
}

const cookie: Kind = {
  file: 'cookie.key',
  content: '43 or more characters of base64url',
  loss: 'everybody is signed out then',
  isSound: (text) => /^[A-Za-z0-9_-]{43,}$/.test(text),
  fresh: () => randomBytes(32).toString('base64url'),
}

/**
 * Reads the local key material; makes what is missing. Of two starts at once one makes a file and both read it.
 *
 * @param dir created with mode 0700 if it is missing
 * @throws KeyFileFault if a file cannot be made, is malformed or may be read by others
 */
export const readKeyFiles = (dir: string): KeyFiles => {
  guarded(dir, () => mkdirSync(dir, { recursive: true, mode: 0o700 }))
  return {
    sealingKey: Buffer.from(readOrMake(dir, sealing), 'base64'),
    cookieKey: readOrMake(dir, cookie),
  }
}

const readOrMake = (dir: string, kind: Kind): string => {
  const path = join(dir, kind.file)
  return guarded(path, () => {
    const present = read(path)
    if (present === undefined) make(path, kind.fresh())
    const text = present ?? read(path)
    if (text === undefined || !kind.isSound(text)) {
      throw new KeyFileFault(
        `the key file ${path} does not hold ${kind.content}; restore it from a backup, or remove it to get a new one (${kind.loss})`,
      )
    }
    return text
  })
}

/** Windows has no modes and cannot fsync a directory. */
const isPosix = process.platform !== 'win32'

/** As OpenSSH does, refuses a key that others may read. */
const read = (path: string): string | undefined => {
  const file = openPresent(path)
  if (file === undefined) return undefined
  try {
    const mode = fstatSync(file).mode & 0o777
    if (isPosix && (mode & 0o077) !== 0) {
      throw new KeyFileFault(
        `the key file ${path} may be read by others (mode ${mode.toString(8)}); run: chmod 600 ${path}`,
      )
    }
    return readFileSync(file, 'utf8').trim()
  } finally {
    closeSync(file)
  }
}

const openPresent = (path: string): number | undefined => {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** The link appears with its whole content or not at all, and never replaces a file that another start made. */
const make = (path: string, text: string): void => {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  try {
    writeFileSync(draft, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true })
    linkSync(draft, path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  if (isPosix) flush(dirname(path))
}

const flush = (dir: string): void => {
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

/** Runs `work` on the path; whatever it throws becomes a KeyFileFault. */
const guarded = <Result>(path: string, work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    if (error instanceof KeyFileFault) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new KeyFileFault(`the key file or folder ${path} cannot be used: ${reason}`, { cause: error })
  }
}
