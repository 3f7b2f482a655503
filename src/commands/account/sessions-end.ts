import { actorName } from '../../domain/access/actor.ts'
import { operator } from '../administration.ts'
import type { Command } from '../command.ts'
import { ACCOUNT } from '../people.ts'
import { changeOptions, changingAccount } from './standing.ts'

export const endSessions: Command = {
  name: 'account sessions end',
  usage: '<account> [--dry-run] [--json]',
  summary: 'sign an account out everywhere: every session and every token ends',
  options: changeOptions,
  more: 'Applications notice at their next call; from here they are not told by back-channel logout.',
  operands: [ACCOUNT],
  run: (given, terminal) =>
    changingAccount(given, terminal, async ({ administration: { accounts, audit }, account }) => {
      const changed = await accounts.endEverything(account.sub)
      audit({ type: 'sessions.ended', actor: actorName(operator), sub: account.sub })
      return { account: changed ?? account, text: `Signed ${account.email} out everywhere.` }
    }),
}
