import type { Foundation } from '../../build.ts'
import { actorName } from '../../domain/access/actor.ts'
import {
  type AccountStanding,
  accountStanding,
  type Doing,
  type StandingOutcome,
} from '../../domain/administration/account-standing.ts'
import type { Account } from '../../domain/ports.ts'
import { type Administration, administration, operator } from '../administration.ts'
import { CommandFault, type CommandOption, flag, type Given, operand, type Terminal } from '../command.ts'
import { asJson, dryRun, showChange } from '../options.ts'
import { accountNamed } from '../people.ts'
import { roleNames, shownAccount } from '../shown.ts'
import { withFoundation } from '../with-config.ts'

export const changeOptions = { ...dryRun, ...asJson } as const satisfies Record<string, CommandOption>

/** What a change of an account works with. */
export interface AtAccount {
  foundation: Foundation
  administration: Administration
  account: Account
}

/** Finds the account of a command, changes it, and shows what it is then. */
export const changingAccount = (
  given: Given,
  terminal: Terminal,
  work: (at: AtAccount) => Promise<{ account: Account; text: string }>,
): Promise<void> =>
  withFoundation(async (foundation) => {
    const account = await accountNamed(foundation, operand(given))
    const rules = administration(foundation, { dryRun: flag(given, 'dry-run') })
    const changed = await work({ foundation, administration: rules, account })
    showChange(given, terminal, {
      json: { account: shownAccount(changed.account, await roleNames(foundation)) },
      people: `${changed.text}\n`,
    })
  })

/** The rules of the administration; nobody can write a letter from here, nor tell applications. */
export const standingOf = ({ foundation, administration: rules }: AtAccount): AccountStanding => {
  const { accounts, admins, audit } = rules
  return accountStanding({
    accounts,
    admins,
    audit,
    deletion: { request: (ask) => requestDeletion(ask, foundation, rules) },
    notices: { changed: () => undefined, noted: () => undefined },
    endSessions: async (sub) => void (await accounts.endEverything(sub)),
    sessionsEnded: () => undefined,
  })
}

const requestDeletion = async (
  { sub, actor = actorName(operator), isFinal = false }: { sub: string; actor?: string; isFinal?: boolean },
  { store, config, now }: Foundation,
  { accounts, audit }: Administration,
): Promise<Account | undefined> => {
  const clientIds = (await store.consents.list(sub)).map(({ clientId }) => clientId)
  const due = now() + (isFinal ? 0 : config.deletionDelay * 1000)
  const account = await accounts.scheduleDeletion(sub, { due, clientIds })
  if (account) audit({ type: 'account.deletion_requested', sub, actor, detail: { due } })
  return account
}

export const doing = ({ sub }: Account): Doing => ({ actor: operator, sub, address: '' })

/** @throws CommandFault for every other outcome than success */
export const doneOf = (outcome: StandingOutcome, { email }: Account): Account => {
  switch (outcome.kind) {
    case 'done':
      return outcome.account
    case 'unknown':
      throw new CommandFault(`There is no account ${email} any more.`)
    case 'last_admin':
      throw new CommandFault(
        `${email} is the last administrator. Make another one first: gatehouse account assign <account> admin`,
      )
  }
}
