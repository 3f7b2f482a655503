/** Oversees fake workers, with the settings of the environment. */
import { join } from 'node:path'
import { openLog } from '../../../src/adapters/log.ts'
import { oversee } from '../../../src/workers/oversee.ts'

const { MANAGEMENT_PORT, WORKERS, DRAIN_TIMEOUT } = process.env
const outcome = await oversee({
  ...openLog({ level: 'info' }),
  workers: Number(WORKERS),
  drain: { delay: 0, timeout: Number(DRAIN_TIMEOUT) },
  program: join(import.meta.dirname, 'fake-worker.ts'),
  managementPort: MANAGEMENT_PORT === undefined ? undefined : Number(MANAGEMENT_PORT),
})
if (outcome.kind === 'failed') {
  process.stderr.write(outcome.faults.join(''))
  process.exit(outcome.code)
}
