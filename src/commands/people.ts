import type { Foundation } from '../build.ts'
import type { Subject } from '../domain/access/access.ts'
import type { Account } from '../domain/ports.ts'
import { CommandFault } from './command.ts'
import { printable } from './table.ts'

export const ACCOUNT = 'account'
export const CLIENT_PREFIX = 'client:'

/**
 * The account with this sub or e-mail address, in any spelling.
 *
 * @throws CommandFault if there is none
 */
export const accountNamed = async (
  { accounts }: Pick<Foundation, 'accounts'>,
  name: string,
): Promise<Account> => {
  // No sub has an @.
  const found = name.includes('@') ? await accounts.findByEmail(name) : await accounts.find(name)
  if (found) return found
  throw new CommandFault(
    `There is no account "${printable(name)}". Name it by its sub or its e-mail address.`,
  )
}

/** @throws CommandFault if there is none */
export const clientNamed = async ({ clients }: Pick<Foundation, 'clients'>, id: string) => {
  const found = await clients.registered(id)
  if (found) return found
  throw new CommandFault(`There is no client "${printable(id)}". See: gatehouse client list`)
}

export interface NamedSubject {
  subject: Subject
  /** Of a person. */
  account: Account | undefined
  isDisabledClient: boolean
}

/** `client:<id>`, or an account. */
export const subjectNamed = async (
  foundation: Pick<Foundation, 'accounts' | 'clients'>,
  name: string,
): Promise<NamedSubject> => {
  if (!name.startsWith(CLIENT_PREFIX)) {
    const account = await accountNamed(foundation, name)
    return { subject: { kind: 'user', id: account.sub }, account, isDisabledClient: false }
  }
  const { client, disabled } = await clientNamed(foundation, name.slice(CLIENT_PREFIX.length))
  return { subject: { kind: 'client', id: client.client_id }, account: undefined, isDisabledClient: disabled }
}
