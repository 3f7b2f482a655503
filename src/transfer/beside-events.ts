import type { AuditEvent } from '../domain/ports.ts'
import { TransferFault } from './fault.ts'
import type { Numbered } from './read-export.ts'

/** A record of the file, and for an event the one of its id that the store had before. */
export interface Beside extends Numbered {
  event: AuditEvent | undefined
}

/**
 * Reads the events of the store beside those of the file, both the newest first: a store finds events by pages, not by
 * id.
 *
 * @throws TransferFault if the events of the file are in another order
 */
export async function* besideEvents(
  records: AsyncIterable<Numbered>,
  events: AsyncGenerator<AuditEvent>,
): AsyncGenerator<Beside> {
  let present: AuditEvent | undefined
  let isAtEnd = false
  let last: string | undefined
  for await (const numbered of records) {
    const { moved, line } = numbered
    if (moved.kind !== 'audit') {
      yield { ...numbered, event: undefined }
      continue
    }
    const { id } = moved.record
    if (last !== undefined && id >= last)
      throw new TransferFault(`Line ${line} is out of order: audit events go from the newest to the oldest.`)
    last = id
    while (!isAtEnd && (present === undefined || present.id > id)) {
      const next = await events.next()
      isAtEnd = next.done === true
      present = next.done ? undefined : next.value
    }
    yield { ...numbered, event: present?.id === id ? present : undefined }
  }
}
