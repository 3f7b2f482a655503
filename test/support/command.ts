import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { environment, type RunningServer } from './server.ts'

export interface Outcome {
  code: number | null
  out: string
  err: string
}

export interface CommandOptions {
  /** Settings on top of those of the server. */
  env?: Record<string, string>
  /** Standard input. */
  input?: string
}

const cli = join(import.meta.dirname, '../../src/cli.ts')

/** Runs `gatehouse <args>` as a process of its own, with the settings of a server, which may run or not. */
export const gatehouse = async (
  { home, port }: Pick<RunningServer, 'home' | 'port'>,
  args: readonly string[],
  { env = {}, input = '' }: CommandOptions = {},
): Promise<Outcome> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], {
    cwd: home,
    env: { ...environment(home, port), ...env },
  })
  // A command that reads nothing may have ended before.
  child.stdin.on('error', () => undefined).end(input)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}
