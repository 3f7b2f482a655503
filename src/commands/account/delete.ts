import { type Command, flag } from '../command.ts'
import { ACCOUNT } from '../people.ts'
import { changeOptions, changingAccount, doing, doneOf, standingOf } from './standing.ts'

export const deleteAccount: Command = {
  name: 'account delete',
  usage: '<account> [--now] [--dry-run] [--json]',
  summary: 'have an account removed: when the window to take it back is over, or now',
  options: { now: { type: 'boolean', about: 'without the window' }, ...changeOptions },
  more: [
    'Its sessions and tokens end at once. Until the window is over, its owner is asked at the next sign-in whether to',
    'keep it; no letter is written. A running server removes it within two minutes of its time, and tells the applications',
    'that it has agreed to.',
  ].join('\n'),
  operands: [ACCOUNT],
  run: (given, terminal) =>
    changingAccount(given, terminal, async (at) => {
      const { account } = at
      const isFinal = flag(given, 'now')
      const changed = doneOf(await standingOf(at).remove(doing(account), isFinal), account)
      const due = changed.deletion && new Date(changed.deletion.due).toISOString()
      const when =
        isFinal || due === undefined ? 'It is removed within two minutes.' : `It is removed from ${due} on.`
      return { account: changed, text: `${account.email} can no longer sign in. ${when}` }
    }),
}
