import type { Command } from '../command.ts'
import { ACCOUNT } from '../people.ts'
import { changeOptions, changingAccount, doing, doneOf, standingOf } from './standing.ts'

export const enableAccount: Command = {
  name: 'account enable',
  usage: '<account> [--dry-run] [--json]',
  summary: 'let a disabled account sign in again; what had ended stays ended',
  options: changeOptions,
  operands: [ACCOUNT],
  run: (given, terminal) =>
    changingAccount(given, terminal, async (at) => {
      const { account } = at
      const changed = doneOf(await standingOf(at).enable(doing(account)), account)
      return { account: changed, text: `Enabled ${account.email}.` }
    }),
}
