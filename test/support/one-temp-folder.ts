import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Puts every temporary folder of a run into one, which goes when the run is over: workers take TMPDIR from here. */
export default (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tests-'))
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
