import type { Command } from '../command.ts'
import { ACCOUNT } from '../people.ts'
import { changeOptions, changingAccount, doing, doneOf, standingOf } from './standing.ts'

export const disableAccount: Command = {
  name: 'account disable',
  usage: '<account> [--dry-run] [--json]',
  summary: 'end every session and token of an account, and every sign-in until it is enabled',
  options: changeOptions,
  operands: [ACCOUNT],
  run: (given, terminal) =>
    changingAccount(given, terminal, async (at) => {
      const { account } = at
      const changed = doneOf(await standingOf(at).disable(doing(account)), account)
      return { account: changed, text: `Disabled ${account.email}. Its sessions and tokens have ended.` }
    }),
}
