import { type Config, loadConfig, readEnvironment } from '../config.ts'

/** Runs with the settings of the environment; faults in them end the command. */
export const withConfig = <Result>(work: (config: Config) => Promise<Result>): Promise<Result> =>
  work(loadConfig(readEnvironment()))
