import { endingOf } from '../../src/commands/ending.ts'
import { commands } from '../../src/commands/index.ts'
import { run } from '../../src/commands/run.ts'
import { faultReport } from '../../src/fault-report.ts'
import type { Outcome } from './command.ts'
import { environment, type RunningServer } from './server.ts'

export interface CommandHereOptions {
  /** Settings on top of those of the server. */
  env?: Record<string, string>
  /** Standard input. */
  input?: string
  /** What a person answers; undefined: nobody sits there. */
  answer?: () => Promise<string> | string
}

/**
 * Runs `gatehouse <args>` in this process, as `cli.ts` does in one of its own: many commands are many starts.
 * One at a time, for the settings are those of the process.
 */
export const commandHere = async (
  { home, port }: Pick<RunningServer, 'home' | 'port'>,
  args: readonly string[],
  { env = {}, input = '', answer }: CommandHereOptions = {},
): Promise<Outcome> => {
  const outcome = { code: 0, out: '', err: '' }
  const before = process.env
  process.env = { ...environment(home, port), ...env }
  try {
    await run(commands, args, {
      version: '0',
      terminal: {
        out: (text) => {
          outcome.out += text
        },
        input: async () => input,
        ask: async () => answer?.(),
        endWith: (code) => {
          outcome.code = code
        },
      },
    })
  } catch (error) {
    const { code, sentence } = endingOf(error)
    outcome.code = code
    outcome.err = sentence ?? faultReport(error)
  } finally {
    process.env = before
  }
  return outcome
}
