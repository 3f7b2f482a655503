import { type Foundation, openFoundation } from '../../src/build.ts'
import { loadConfig } from '../../src/config.ts'
import { scaleSettings } from '../support/deployment.ts'
import { environment, type RunningServer } from '../support/server.ts'

/** The settings of a command, or of one process more, for a deployment. */
export const settingsBeside = ({
  home,
  issuer,
  port,
}: Pick<RunningServer, 'home' | 'issuer' | 'port'>): Record<string, string> => ({
  ...environment(home, port),
  ISSUER: issuer,
  ...scaleSettings(home),
})

/**
 * Works on the stores of a deployment as a command does, and closes them.
 *
 * @param env on top of the settings of the deployment
 */
export const besideOf = async <Result>(
  deployment: Pick<RunningServer, 'home' | 'issuer' | 'port'>,
  work: (foundation: Foundation) => Promise<Result>,
  env: Record<string, string> = {},
): Promise<Result> => {
  const foundation = await openFoundation(loadConfig({ ...settingsBeside(deployment), ...env }), 'cli')
  try {
    return await work(foundation)
  } finally {
    await foundation.close()
  }
}

/** One process of a deployment, asked past the proxy. */
export const alone = ({ port }: Pick<RunningServer, 'port'>): { issuer: string } => ({
  issuer: `http://127.0.0.1:${port}`,
})
