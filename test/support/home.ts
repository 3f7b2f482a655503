import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const homes: string[] = []
process.once('exit', () => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

/** A folder that goes when the tests of this process are over: until then a second server may start in it. */
export const newHome = (): string => {
  const home = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  homes.push(home)
  return home
}
