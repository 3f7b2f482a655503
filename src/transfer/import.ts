import { patience } from '../domain/patience.ts'
import { compare, type ImportParts, IN_FLIGHT, recordsBeside } from './compare.ts'
import { refuseConflicts } from './conflicts.ts'
import { sentenceOf, TransferFault } from './fault.ts'
import { inOrder } from './in-order.ts'
import { type Occupant, type Place, placeOf } from './place.ts'
import type { Numbered } from './read-export.ts'
import { type Counts, noCounts } from './records.ts'

export type { ImportParts } from './compare.ts'

export interface ImportOptions {
  /** Only tells what would be done. */
  dryRun: boolean
  /** The export wins where the store holds other values. */
  overwrite: boolean
}

/** What was done, or with `dryRun` would be. */
export interface Imported {
  added: Counts
  /** Were there and equal, such as those of an import that was interrupted. */
  present: Counts
  replaced: Counts
}

/**
 * Puts every record of an export into the store. The whole file is read and compared first, so that a file which is not
 * sound, or a conflict, changes nothing. After an interruption the same call goes on.
 *
 * @throws TransferFault with a sentence for the operator
 */
export const importRecords = async (parts: ImportParts, options: ImportOptions): Promise<Imported> => {
  const found = await compare(parts)
  refuseConflicts(found, options)
  if (options.dryRun) return { added: found.absent, present: found.present, replaced: found.different }
  return write(parts, options)
}

const write = async (parts: ImportParts, options: ImportOptions): Promise<Imported> => {
  const { store, counted, pause } = parts
  const imported: Imported = { added: noCounts(), present: noCounts(), replaced: noCounts() }
  const patient = patience(pause)
  for await (const { kind, outcome } of inOrder(recordsBeside(parts), IN_FLIGHT, async (numbered) => ({
    kind: numbered.moved.kind,
    outcome: await named(
      numbered,
      patient(() => settle(placeOf(store, numbered), options)),
    ),
  }))) {
    imported[outcome][kind]++
    counted('written', kind)
  }
  return imported
}

const settle = async (place: Place, options: ImportOptions): Promise<keyof Imported> => {
  // Each refused write means that somebody else got through, so this ends.
  for (;;) {
    if (await place.insert()) return 'added'
    const occupant = await place.look()
    if (occupant.kind === 'nobody') continue
    if (occupant.kind === 'equal') return 'present'
    if (await replace(occupant, options)) return 'replaced'
  }
}

const replace = (
  occupant: Extract<Occupant, { kind: 'different' | 'blocked' }>,
  { overwrite }: ImportOptions,
): Promise<boolean> => {
  if (occupant.kind === 'blocked') throw new TransferFault(`It cannot go there: ${occupant.because}.`)
  if (!overwrite) throw new TransferFault('It was changed here since the import began.')
  return occupant.replace()
}

/** Says which record it was that failed. */
const named = async <Result>({ moved, line }: Numbered, work: Promise<Result>): Promise<Result> => {
  try {
    return await work
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined) throw error
    throw new TransferFault(
      `The import stopped at line ${line} (${moved.kind}). ${sentence} What was written before stays; run the import again to go on.`,
      { cause: error },
    )
  }
}
