import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigFault, type Fault } from './faults.ts'
import { describe, type SettingName } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads a file as UTF-8. */
export type ReadFile = (path: string) => string

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'

/**
 * The environment, with what `.env` in the folder adds to it: the real environment wins.
 *
 * @throws ConfigFault if there is a `.env` that cannot be read
 */
export const readEnvironment = (folder = process.cwd(), env: Environment = process.env): Environment => {
  const path = join(folder, '.env')
  try {
    return { ...parseEnv(readFileSync(path, 'utf8')), ...env }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === 'ENOENT') return { ...env }
    throw new ConfigFault([{ name: '.env', given: `${path} (${reason})`, wanted: 'a readable file' }])
  }
}

export type Found =
  | { kind: 'given'; text: string; source: 'environment' | 'file' }
  | { kind: 'unset' }
  | { kind: 'fault'; fault: Fault }

const fault = (name: string, given: string, wanted: string): Found => ({
  kind: 'fault',
  fault: { name, given, wanted },
})

const fromFile = (name: string, path: string, readFile: ReadFile): Found => {
  try {
    // Editors and `echo` end a file with a line break; the rest is the secret as it is.
    const text = readFile(path).replace(/\r?\n$/, '')
    if (text === '') return fault(name, path, 'a file that is not empty')
    return { kind: 'given', text, source: 'file' }
  } catch (error) {
    return fault(name, `${path} (${reasonOf(error)})`, 'the path of a readable file')
  }
}

/** Looks a setting up: in the environment, or, if it is a secret, in the file that `<NAME>_FILE` names. */
export const find = (name: SettingName, env: Environment, readFile: ReadFile): Found => {
  const text = env[name] ?? ''
  const path = describe(name).secret ? (env[`${name}_FILE`] ?? '') : ''
  if (text !== '' && path !== '')
    return fault(name, `${name} and ${name}_FILE`, `one of ${name} and ${name}_FILE`)
  if (path !== '') return fromFile(`${name}_FILE`, path, readFile)
  return text === '' ? { kind: 'unset' } : { kind: 'given', text, source: 'environment' }
}
