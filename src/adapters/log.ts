import pino from 'pino'
import type { Log } from '../domain/observe.ts'
import { clean, recordable } from './log-values.ts'

export interface LogOptions {
  /** The lowest level that is written; `silent` for none. */
  level: pino.LevelWithSilent
  /** Takes whole lines; the standard output unless given. */
  destination?: pino.DestinationStream & { flushSync?(): void }
}

export interface OpenedLog {
  log: Log
  /** Writes what is buffered; pino does so by itself when the process exits. */
  flush(): void
}

/** Bytes that reach a pipe in one piece (POSIX PIPE_BUF on Linux): workers share one, and lines must not mix. */
const PIECE = 4096

/**
 * Opens the log: one JSON object a line, with secrets redacted, strings cut and control characters taken out
 * (ASVS 16.2.5, 16.4.1).
 */
export const openLog = ({
  level,
  destination = pino.destination({ sync: false, maxWrite: PIECE }),
}: LogOptions): OpenedLog => {
  const logger = pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // `recordable` has described errors already.
      serializers: { err: (value: unknown) => value },
    },
    destination,
  )
  const writer =
    (name: keyof Log): Log[keyof Log] =>
    (fields, message) => {
      if (logger.isLevelEnabled(name)) logger[name](recordable(fields), clean(message))
    }
  return {
    log: { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') },
    flush: () => destination.flushSync?.(),
  }
}
