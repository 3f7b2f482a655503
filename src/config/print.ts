import type { Config } from './config.ts'
import type { Environment } from './environment.ts'
import { ConfigFault } from './faults.ts'
import { loadConfig, type Machine } from './load.ts'

/** The text of `config print`: each setting as it holds, secrets masked, and where it came from. */
export const printConfig = ({ settings }: Pick<Config, 'settings'>): string =>
  settings.map(({ name, value, source }) => `${name}=${value}  # ${source}\n`).join('')

/** The text of `config check`: every fault, or that there is none. */
export const checkConfig = (env: Environment, machine?: Machine): { fine: boolean; text: string } => {
  try {
    const { warnings } = loadConfig(env, machine)
    return { fine: true, text: [...warnings, 'The configuration is fine.', ''].join('\n') }
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error
    return { fine: false, text: `${error.message}\n` }
  }
}
