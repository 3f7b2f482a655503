import { type Foundation, openFoundation } from '../build.ts'
import { type Config, loadConfig, readEnvironment } from '../config.ts'

/** Runs with the settings of the environment; faults in them end the command. */
export const withConfig = <Result>(work: (config: Config) => Promise<Result>): Promise<Result> =>
  work(loadConfig(readEnvironment()))

/** Runs on the data, beside a running server, and closes it whatever happens. */
export const withFoundation = (work: (foundation: Foundation) => Promise<void>): Promise<void> =>
  withConfig(async (config) => {
    const foundation = await openFoundation(config, 'cli')
    try {
      await work(foundation)
    } finally {
      await foundation.close()
    }
  })
