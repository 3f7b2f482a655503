import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh folder for the data and keys of a server; a second server may start in it. */
export const newHome = (): string => mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
