import { patience } from '../domain/patience.ts'
import { acceptHeader, acceptRecord, type Here } from './accept.ts'
import { type Beside, besideEvents } from './beside-events.ts'
import { inOrder } from './in-order.ts'
import { type Occupant, placeOf } from './place.ts'
import { type Numbered, readExport } from './read-export.ts'
import { type Counts, idOf, type Kind, noCounts } from './records.ts'
import { type Durable, storedEvents } from './stored-records.ts'

/** Records that are looked for or written at once. */
export const IN_FLIGHT = 32

export interface ImportParts extends Here {
  store: Durable
  /** The file, from its beginning each time. */
  source: () => AsyncIterable<Uint8Array>
  /** Called for every record, once while all are compared and once while they are written. */
  counted(step: 'compared' | 'written', kind: Kind): void
  /** Waits for a number of seconds. */
  pause(seconds: number): Promise<unknown>
}

/** The records of the file. */
export const recordsBeside = (parts: ImportParts): AsyncGenerator<Beside> => {
  const { store, source, pause } = parts
  return besideEvents(readExport(source(), acceptHeader(parts)), storedEvents(store.audit, patience(pause)))
}

/** What an import would do. */
export interface Comparison {
  /** Not there yet. */
  absent: Counts
  /** There and equal. */
  present: Counts
  /** There with other values. */
  different: Counts
  /** The first of those that are different or cannot go there, one line of text each. */
  conflicts: string[]
  /** How many cannot go there, overwriting or not. */
  blocked: number
}

const MOST_CONFLICTS = 20

/**
 * Reads the whole file and looks for every record in the store. Writes nothing.
 *
 * @throws TransferFault if the file is not sound or not for these settings
 */
export const compare = async (parts: ImportParts): Promise<Comparison> => {
  const { store, counted, pause } = parts
  const found: Comparison = {
    absent: noCounts(),
    present: noCounts(),
    different: noCounts(),
    conflicts: [],
    blocked: 0,
  }
  const patient = patience(pause)
  for await (const { numbered, occupant } of inOrder(recordsBeside(parts), IN_FLIGHT, async (numbered) => {
    acceptRecord(parts, numbered)
    return { numbered, occupant: await patient(() => placeOf(store, numbered).look()) }
  })) {
    note(found, numbered, occupant)
    counted('compared', numbered.moved.kind)
  }
  return found
}

const note = (found: Comparison, { moved, line }: Numbered, occupant: Occupant): void => {
  if (occupant.kind === 'nobody') found.absent[moved.kind]++
  else if (occupant.kind === 'equal') found.present[moved.kind]++
  else {
    if (occupant.kind === 'different') found.different[moved.kind]++
    else found.blocked++
    if (found.conflicts.length === MOST_CONFLICTS) return
    const because = occupant.kind === 'blocked' ? `: ${occupant.because}` : ''
    found.conflicts.push(`line ${line}, ${moved.kind} ${idOf(moved)}${because}`)
  }
}
