import type { DatabaseSync } from 'node:sqlite'
import type { Refusal } from '../../errors.ts'
import { DamagedRecord } from '../damaged-record.ts'
import { storeUnavailable } from '../unavailable.ts'
import { isStorageFault } from './sqlite-error.ts'

export interface GroupCommit {
  /** Runs `work` at once and resolves with its result when the transaction that holds it is on disk. */
  write<Result>(work: () => Result): Promise<Result>
  /** Runs `work` at once; it sees every write called before, committed or not. */
  read<Result>(work: () => Result): Promise<Result>
  /** Commits what is open; later calls reject with `store_unavailable`. */
  close(): void
}

export interface GroupCommitParts {
  db: DatabaseSync
  /** A write transaction has begun: no other process changes the file until it ends. */
  began(): void
  /** The transaction ended; called before the callers of its writes learn of it. */
  ended(outcome: 'committed' | 'rolled back', seconds: number): void
  /** The store refuses because of `cause`. */
  refused(cause: unknown): void
}

interface Waiting {
  resolve(): void
  reject(error: Refusal): void
}

/**
 * One transaction for all writes of a turn of the event loop, so that they share one fsync. Statements run when they
 * are called, so calls on a key take effect in call order and reads see them; promises settle after COMMIT only.
 *
 * A statement that fails by itself rejects only its own promise. When the disk, the file or the lock fails, the whole
 * transaction is rolled back and every write in it rejects. SQLite writes the same frames of the WAL anew after a
 * failed fsync, so data that failed to reach the disk is never taken for durable later.
 */
export const groupCommit = (parts: GroupCommitParts): GroupCommit => {
  const { db, began, ended, refused } = parts
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  let waiting: Waiting[] = []
  let isOpen = false
  let isClosed = false
  let locked: Refusal | undefined

  const end = (
    outcome: 'committed' | 'rolled back',
    seconds: number,
    settle: (one: Waiting) => void,
  ): void => {
    const settled = waiting
    waiting = []
    isOpen = false
    try {
      ended(outcome, seconds)
    } finally {
      for (const one of settled) settle(one)
    }
  }

  const abandon = (cause: unknown): Refusal => {
    const refusal = storeUnavailable(cause)
    if (db.isTransaction) rollBack(db)
    refused(cause)
    end('rolled back', 0, (one) => one.reject(refusal))
    return refusal
  }

  const finish = (): void => {
    if (!isOpen) return
    const start = performance.now()
    try {
      commit.run()
    } catch (error) {
      abandon(error)
      return
    }
    end('committed', (performance.now() - start) / 1000, (one) => one.resolve())
  }

  const start = (): void => {
    begin.run()
    isOpen = true
    setImmediate(finish)
    began()
  }

  // Waiting for another process's lock blocks the event loop, so the writes of one turn wait for it once.
  const refuseThisTurn = (cause: unknown): Refusal => {
    locked = abandon(cause)
    setImmediate(() => {
      locked = undefined
    })
    return locked
  }

  const writeFailure = (error: unknown): unknown => {
    if (isStorageFault(error)) return isOpen ? abandon(error) : refuseThisTurn(error)
    return error instanceof DamagedRecord ? storeUnavailable(error) : error
  }

  const readFailure = (error: unknown): unknown => {
    if (isOpen && !db.isTransaction) return abandon(error)
    if (!isStorageFault(error) && !(error instanceof DamagedRecord)) return error
    refused(error)
    return storeUnavailable(error)
  }

  return {
    write(work) {
      if (isClosed) return Promise.reject(storeUnavailable('the store is closed'))
      if (locked) return Promise.reject(locked)
      try {
        if (!isOpen) start()
        const result = work()
        return new Promise((resolve, reject) => {
          waiting.push({ resolve: () => resolve(result), reject })
        })
      } catch (error) {
        return Promise.reject(writeFailure(error))
      }
    },
    read(work) {
      if (isClosed) return Promise.reject(storeUnavailable('the store is closed'))
      try {
        return Promise.resolve(work())
      } catch (error) {
        return Promise.reject(readFailure(error))
      }
    },
    close() {
      if (isClosed) return
      isClosed = true
      finish()
    },
  }
}

const rollBack = (db: DatabaseSync): void => {
  try {
    db.exec('rollback')
  } catch {
    // SQLite had rolled back by itself, which is what was wanted.
  }
}
