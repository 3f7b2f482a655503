import { join } from 'node:path'
import { banner, firstAdmin } from '../banner.ts'
import { openFoundation } from '../build.ts'
import type { Config } from '../config.ts'
import { demoClientIds } from '../domain/seed/demo.ts'
import { prepare } from '../prepare.ts'
import { reportStore } from '../store-report.ts'
import { oversee } from './oversee.ts'

const PROGRAM = join(import.meta.dirname, 'main.ts')

/**
 * Starts WORKERS processes that serve. The primary prepares the stores once, before them, and does not serve itself; it
 * ends with the exit code of the workers where none of them can start.
 *
 * @throws StartFault, SeedFault, KeyFileFault, SigningKeyFault or ListenFault with a sentence for the operator
 */
export const startPrimary = async (config: Config): Promise<void> => {
  const { log, flush } = await prepareOnce(config)
  const { managementPort } = config.listen
  const outcome = await oversee({ ...config, program: PROGRAM, managementPort, log, flush })
  if (outcome.kind === 'failed') {
    process.stderr.write(outcome.faults.join(''))
    process.exit(outcome.code)
  }
  if (config.development && outcome.kind === 'serving')
    process.stdout.write(banner({ ...config, clients: demoClientIds }))
}

const prepareOnce = async (config: Config) => {
  const foundation = await openFoundation(config, 'server')
  try {
    const { admin } = await prepare(foundation)
    // Before anything else can fail: nobody can read the password later.
    if (config.development && admin) process.stdout.write(firstAdmin(admin))
    // Made here once, so that the workers find them.
    await foundation.signingKeys.load()
    let looks = 0
    await reportStore(foundation, () => looks++ > 0)
    return foundation
  } finally {
    await foundation.close()
  }
}
