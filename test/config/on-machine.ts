import { ConfigFault, type Environment, type Fault, loadConfig, type Machine } from '../../src/config.ts'

/** A machine with two cores and these files. */
export const machine = (files: Record<string, string> = {}): Machine => ({
  cores: 2,
  readFile: (path) => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return text
  },
})

/** The fault that refuses the environment. */
export const refusal = (env: Environment, files: Record<string, string> = {}): ConfigFault => {
  try {
    loadConfig(env, machine(files))
  } catch (error) {
    if (error instanceof ConfigFault) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

/** The faults of an environment that is refused. */
export const faultsOf = (env: Environment, files: Record<string, string> = {}): readonly Fault[] =>
  refusal(env, files).faults

/** The names at fault. */
export const atFault = (env: Environment, files: Record<string, string> = {}): string[] =>
  faultsOf(env, files).map(({ name }) => name)
