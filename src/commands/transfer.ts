import { setTimeout as sleep } from 'node:timers/promises'
import type { Foundation } from '../build.ts'
import type { Clock } from '../domain/ports.ts'
import { sentenceOf } from '../transfer/fault.ts'
import { type Counts, type Kind, kinds } from '../transfer/records.ts'
import { CommandFault } from './command.ts'
import { withFoundation } from './with-config.ts'

const nouns: Record<Kind, string> = {
  document: 'documents',
  client: 'clients',
  account: 'accounts',
  consent: 'consents',
  audit: 'audit events',
}

/** Such as `4 documents, 2 clients, 0 accounts, 0 consents, 17 audit events`. */
export const countsText = (counts: Counts): string =>
  kinds.map((kind) => `${counts[kind]} ${nouns[kind]}`).join(', ')

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error

/**
 * Runs on the data; what may well go wrong while it is moved ends in a sentence.
 *
 * @param file that the work reads or writes, for the sentence
 */
export const withTransfer = (file: string, work: (foundation: Foundation) => Promise<void>): Promise<void> =>
  withFoundation(async (foundation) => {
    try {
      await work(foundation)
    } catch (cause) {
      const sentence = isSystemError(cause) ? `${file} failed (${cause.code}).` : sentenceOf(cause)
      if (sentence === undefined) throw cause
      throw new CommandFault(sentence, { cause })
    }
  })

/** Waits while the store is away. */
export const pause = (seconds: number): Promise<void> => sleep(seconds * 1000)

/** Milliseconds between two lines on the same kind. */
const INTERVAL = 1000

export interface Progress {
  /** One more record. */
  counted(step: string, kind: Kind): void
  /** Says how many the last kind had. */
  end(): void
}

/** Tells how far a move has come: a line a second, and one for each kind when it is done. */
export const progress = ({ say, now }: { say: (text: string) => void; now: Clock }): Progress => {
  let present = ''
  let count = 0
  let saidAt = now()
  const tell = (): void => {
    if (count === 0) return
    say(`${present} ${count}\n`)
    saidAt = now()
  }
  return {
    counted(step, kind) {
      const name = `${step} ${nouns[kind]}`
      if (name !== present) {
        tell()
        present = name
        count = 0
      }
      count++
      if (now() - saidAt >= INTERVAL) tell()
    },
    end: tell,
  }
}

/** Progress on standard error if a person looks at it or it is asked for. */
export const progressOnTerminal = (isAskedFor: boolean, now: Clock): Progress => {
  const isShown = isAskedFor || process.stderr.isTTY === true
  return progress({ say: (text) => void (isShown && process.stderr.write(text)), now })
}
