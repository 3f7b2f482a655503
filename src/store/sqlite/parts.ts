import type { DatabaseSync } from 'node:sqlite'
import type { ChangeTopic, Clock } from '../../domain/ports.ts'
import type { GroupCommit } from './group-commit.ts'

/** What each port of the driver is built from. */
export interface Parts {
  db: DatabaseSync
  commit: GroupCommit
  now: Clock
  /** Registers a cache to clear when what it holds may differ from the file. */
  dropped(clear: () => void): void
  /** The present transaction changes this topic. */
  touch(topic: ChangeTopic): void
}
