import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isOnPath } from './on-path.ts'

const run = promisify(execFile)

const source = join(import.meta.dirname, 'mongo-server')
/** Inside of the checkout, for the next run, and ignored by git. */
const cache = join(import.meta.dirname, '../../../node_modules/.cache/gatehouse-mongo-server')

const sources = (): string[] => readdirSync(source).filter((name) => /\.(java|xml)$/.test(name))

/** Where the server of the present sources is or will be: `classes` and `lib`. */
const target = (): string => {
  const digest = createHash('sha256')
  for (const name of sources()) digest.update(name).update(readFileSync(join(source, name)))
  return join(cache, digest.digest('hex').slice(0, 16))
}

/** Why the server cannot be started on this machine; undefined where it can. */
export const mongoMissing = (): string | undefined => {
  const needed = existsSync(target()) ? ['java'] : ['java', 'javac', 'mvn']
  const missing = needed.filter((program) => !isOnPath(program))
  if (missing.length === 0) return undefined
  return `the MongoDB-protocol server needs ${missing.join(' and ')} on PATH (Java 17 with its compiler, and Maven once)`
}

/** The folder with the built server, which is built where it is not there. */
export const builtMongoServer = async (): Promise<string> => {
  const folder = target()
  if (!existsSync(folder)) await build(folder)
  return folder
}

/**
 * Builds the server unless the present sources have been built before; about ten seconds, the first time with downloads.
 *
 * @throws Error with what Maven or the compiler said
 */
export const buildMongoServer = async (): Promise<void> => {
  await builtMongoServer()
}

/** In a folder of its own that gets its name when it is complete: two builds at once do not meet. */
const build = async (folder: string): Promise<void> => {
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'draft-'))
  try {
    const lib = join(draft, 'lib')
    await run('mvn', [
      ...['-q', '-B', '-f', join(source, 'pom.xml')],
      ...['dependency:copy-dependencies', `-DoutputDirectory=${lib}`],
    ])
    const java = sources().filter((name) => name.endsWith('.java'))
    await run('javac', [
      ...['-d', join(draft, 'classes'), '-cp', join(lib, '*')],
      ...java.map((name) => join(source, name)),
    ])
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
