/** The environment, made into a frozen, typed configuration. Nothing else reads the environment. */
export type { Config } from './config/config.ts'
export { type Environment, readEnvironment } from './config/environment.ts'
export { ConfigFault, type Fault } from './config/faults.ts'
export { loadConfig, type Machine } from './config/load.ts'
export { checkConfig, printConfig } from './config/print.ts'
