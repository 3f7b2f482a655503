import type { Collection } from 'mongodb'
import type { ChangeTopic } from '../../domain/ports.ts'
import { CALL_LIMIT, type Calls } from './calls.ts'
import type { Stored } from './stored.ts'

/** What each port of the driver is built from. */
export interface Parts {
  collection(name: CollectionName): Collection<Stored>
  run: Calls['run']
  runInTurn: Calls['runInTurn']
  /**
   * Like `runInTurn`, for a write that may change what others have in memory: counts the intent before it.
   *
   * @param work tells by `stored` that it has changed something
   */
  change<Answer>(
    topic: ChangeTopic,
    operation: string,
    /** The `_id` of what is written. */
    id: string,
    work: (stored: () => void) => Promise<Answer>,
  ): Promise<Answer>
  /** After a change of the record with this `_id`. */
  changed(topic: ChangeTopic, id: string): void
  /** After a record is new: nobody can have it in memory. */
  added(topic: ChangeTopic): void
}

export type CollectionName = 'accounts' | 'clients' | 'documents' | 'consents' | 'audit' | 'changes'

/** Milliseconds that the server may work on one operation: a write takes effect within that time, or never. */
export const MOST_TIME = { maxTimeMS: CALL_LIMIT } as const
