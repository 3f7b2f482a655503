import { status } from '@grpc/grpc-js'
import { z } from 'zod'
import type { Access } from '../domain/access/access.ts'
import { parseEmail } from '../domain/email.ts'
import type { Account, AccountStore } from '../domain/ports.ts'
import { CallRefusal } from './call-refusal.ts'
import type { Authorize } from './caller.ts'
import { input, invalid, text } from './input.ts'
import type { Method } from './method.ts'

export interface GetAccountParts {
  accounts: Pick<AccountStore, 'find' | 'findByEmailKey'>
  access: Pick<Access, 'find' | 'ofPerson' | 'roles'>
  authorize: Authorize
}

const LONGEST = 1024

const GetAccountInput = z.object({
  /** The name of the one that was sent. */
  by: z.enum(['sub', 'email']),
  sub: text(LONGEST).exactOptional(),
  email: text(LONGEST).exactOptional(),
  api: z.string().max(LONGEST).default(''),
})

/** `gatehouse.v1.Accounts/GetAccount`. */
export const getAccountMethod =
  ({ accounts, access, authorize }: GetAccountParts): Method =>
  async (message, { metadata }) => {
    await authorize(metadata)
    const { sub: wanted, email: address, ...rest } = input(GetAccountInput, message)
    const api = rest.api === '' ? undefined : rest.api
    if (api !== undefined && !access.find(api)) throw invalid(['api'])
    const account =
      wanted === undefined ? await verified(accounts, address ?? '') : await accounts.find(wanted)
    if (!account) throw new CallRefusal(status.NOT_FOUND, 'there is no such account')
    const { sub, email, emailVerified, name = '', disabled } = account
    const [roles, permissions] = await Promise.all([
      access.roles(sub, api),
      api === undefined ? [] : access.ofPerson(sub, api),
    ])
    return { sub, email, email_verified: emailVerified, name, disabled, roles, permissions }
  }

/** Whoever registered with somebody else's address is not that person. */
const verified = async (
  accounts: GetAccountParts['accounts'],
  address: string,
): Promise<Account | undefined> => {
  const email = parseEmail(address)
  const account = email && (await accounts.findByEmailKey(email.key))
  return account?.emailVerified ? account : undefined
}
