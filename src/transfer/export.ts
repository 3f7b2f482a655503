import { createHash } from 'node:crypto'
import { patience } from '../domain/patience.ts'
import type { Clock, Sealer } from '../domain/ports.ts'
import { headerLine, recordLine, SEALING_PROOF, trailerLine } from './format.ts'
import { type Kind, noCounts } from './records.ts'
import { type Durable, storedRecords } from './stored-records.ts'

export interface ExportParts {
  store: Durable
  sealer: Pick<Sealer, 'macs'>
  issuer: string
  now: Clock
  /** Called for every record. */
  counted(kind: Kind): void
  /** Waits for a number of seconds. */
  pause(seconds: number): Promise<unknown>
}

/**
 * The lines of an export: a header, all durable data as it rests in the store (hashes and sealed values stay what they
 * are), and an end with counts and check sum. Two exports of equal data differ in the first line only. A store that is
 * in use may change meanwhile; each record is whole.
 */
export async function* exportLines({
  store,
  sealer,
  issuer,
  now,
  counted,
  pause,
}: ExportParts): AsyncGenerator<string> {
  const counts = noCounts()
  const digest = createHash('sha256')
  yield headerLine({
    issuer,
    exported_at: new Date(now()).toISOString(),
    sealing: sealer.macs(...SEALING_PROOF),
  })
  for await (const stored of storedRecords(store, patience(pause))) {
    const line = recordLine(stored)
    digest.update(line)
    counts[stored.kind]++
    counted(stored.kind)
    yield line
  }
  yield trailerLine({ counts, sha256: digest.digest('base64url') })
}
