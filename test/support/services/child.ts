import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** A program that a test has started and holds by its handle. */
export interface Child {
  pid: number
  /** False once it has ended, by itself or not. */
  isRunning(): boolean
  /** What it has printed so far, both streams. */
  log(): string
  /** SIGTERM, and SIGKILL for one that has not ended after five seconds. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
}

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 5_000

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const stopped = async (child: ChildProcess, ended: Promise<unknown>): Promise<void> => {
  if (!hasEnded(child)) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE)
  await ended
  clearTimeout(timer)
}

/**
 * Starts a program in a folder, without waiting until it is ready.
 *
 * @param logFile takes what it prints, after what an earlier one has printed there
 * @throws Error if there is no such program
 */
export const startChild = async (
  program: string,
  args: readonly string[],
  { cwd, logFile }: { cwd: string; logFile: string },
): Promise<Child> => {
  const output = openSync(logFile, 'a')
  const child = spawn(program, args, { cwd, stdio: ['ignore', output, output] })
  closeSync(output)
  await once(child, 'spawn')
  const ended = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    isRunning: () => !hasEnded(child),
    log: () => readFileSync(logFile, 'utf8'),
    stop: () => stopped(child, ended),
    async kill() {
      if (!hasEnded(child)) child.kill('SIGKILL')
      await ended
    },
  }
}
