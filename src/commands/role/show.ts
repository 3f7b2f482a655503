import { roleHolders } from '../../domain/access/role-holders.ts'
import { administration } from '../administration.ts'
import { type Command, CommandFault, operand } from '../command.ts'
import { asJson, show } from '../options.ts'
import { fields } from '../table.ts'
import { withFoundation } from '../with-config.ts'
import { draftText } from './drafts.ts'

const MOST_HOLDERS = 20

export const showRole: Command = {
  name: 'role show',
  usage: '<role> [--json]',
  summary: 'show one role, and some of those who have it',
  options: asJson,
  operands: ['role'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { accounts, clients, access, store } = foundation
      const { roles } = administration(foundation, { dryRun: true })
      const name = operand(given)
      const role = await roles.find(name)
      if (!role) throw new CommandFault(`There is no role "${name}". See: gatehouse role list`)
      const draft = await roles.draftOf(role)
      const holding: typeof store.accounts.holding = (options) => store.accounts.holding(options)
      const rules = roleHolders({ accounts: { ...accounts, holding }, clients, access })
      const holders = await rules.page(role.id, { limit: MOST_HOLDERS + 1 })
      const shown = holders.slice(0, MOST_HOLDERS)
      const more = holders.length > MOST_HOLDERS ? [`and more: gatehouse account list --role "${name}"`] : []
      show(given, terminal, {
        json: { ...draft, holders: shown, more_holders: more.length > 0 },
        people: fields([
          ['role', draft.name],
          ...draftText(draft),
          ['held by', [...shown.map(({ kind, name: holder }) => `${kind} ${holder}`), ...more]],
        ]),
      })
    }),
}
