import { faultReport } from './fault-report.ts'

export interface Stopping {
  /** Ends in order; resolves with the exit code. */
  stop(signal: string): Promise<number>
  /** Gives up what is under way, just before the process exits. */
  force?(): void
}

/** Milliseconds. A terminal or systemd signals npm and the server at once, and npm passes its own on: that is one signal. */
const ECHO = 250

/** The first SIGTERM or SIGINT stops in order, the second one at once. */
export const stopAtSignal = ({ stop, force }: Stopping): void => {
  let since: number | undefined
  const handle = async (signal: string): Promise<void> => {
    if (since !== undefined && performance.now() - since < ECHO) return
    if (since !== undefined) {
      force?.()
      process.exit(1)
    }
    since = performance.now()
    try {
      process.exit(await stop(signal))
    } catch (error) {
      process.stderr.write(faultReport(error))
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void handle(signal))
}
