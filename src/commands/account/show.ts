import type { Foundation } from '../../build.ts'
import { type Command, type Given, operand, type Terminal } from '../command.ts'
import { asJson, show } from '../options.ts'
import { ACCOUNT, accountNamed } from '../people.ts'
import { assignmentText, roleNames, shownAccount } from '../shown.ts'
import { fields } from '../table.ts'
import { withFoundation } from '../with-config.ts'

const showOne = async (foundation: Foundation, given: Given, terminal: Terminal): Promise<void> => {
  const found = await accountNamed(foundation, operand(given))
  const account = shownAccount(found, await roleNames(foundation))
  const permissions = await foundation.access.allOfPerson(found.sub)
  show(given, terminal, {
    json: { ...account, permissions },
    people: fields([
      ['sub', account.sub],
      ['address', `${account.email} (${account.email_verified ? 'verified' : 'unverified'})`],
      ['name', account.name ?? '-'],
      ['locale', account.locale ?? '-'],
      ['disabled', account.disabled ? 'yes' : 'no'],
      ['removed from', account.deletion_due ?? '-'],
      ['password', account.has_password ? 'yes' : 'no'],
      ['factors', account.second_factors.join(', ') || '-'],
      ['made', account.created_at ?? '-'],
      ['roles', account.roles.map(assignmentText)],
      ['permissions', Object.entries(permissions).map(([api, scopes]) => `${api}: ${scopes.join(' ')}`)],
    ]),
  })
}

export const showAccount: Command = {
  name: 'account show',
  usage: '<account> [--json]',
  summary: 'show one account with its roles, and what they allow now',
  options: asJson,
  operands: [ACCOUNT],
  run: (given, terminal) => withFoundation((foundation) => showOne(foundation, given, terminal)),
}
