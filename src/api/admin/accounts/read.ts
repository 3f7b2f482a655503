import { z } from 'zod'
import { text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { PageQuery, pageOf } from '../paging.ts'
import { tagged } from '../precondition.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountOutput, ListedAccount, listedAccount, shownAccount } from './representation.ts'

export const AccountPath = z.object({
  sub: z
    .string()
    .regex(/^[\x21-\x3f\x41-\x7e]{1,255}$/)
    .describe('Subject identifier of the account'),
})

const LONGEST_PREFIX = 254

const Query = PageQuery.extend({
  /** Of the e-mail address, in its canonical form: NFKC, lower case, the domain in ASCII. */
  prefix: text(LONGEST_PREFIX).exactOptional(),
})

const Accounts = z.object({ accounts: z.array(ListedAccount) })

export const listAccounts = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/accounts',
    summary: 'Accounts in order of their e-mail addresses; `prefix` narrows them to addresses that begin so',
    scope: 'accounts:read',
    query: Query,
    body: noBody,
    success: { status: 200, description: 'A page of them', schema: Accounts, headers: ['Link'] },
    problems: [],
    async handle({ ctx, query: { limit, after, prefix } }): Promise<z.output<typeof Accounts>> {
      const found = await parts.accounts.list({
        limit: limit + 1,
        ...(after === undefined ? {} : { after }),
        ...(prefix === undefined ? {} : { prefix: prefix.normalize('NFKC').toLowerCase() }),
      })
      const page = pageOf(ctx, found, { issuer: parts.issuer, limit, keyOf: ({ emailKey }) => emailKey })
      return { accounts: page.map(listedAccount) }
    },
  })

export const showAccount = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/accounts/{sub}',
    summary: 'One account, with what it has to sign in and its roles; never a password, hash or secret',
    scope: 'accounts:read',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'The account', schema: AccountOutput, headers: ['ETag'] },
    problems: [],
    async handle({ ctx, path: { sub } }): Promise<AccountOutput> {
      const account = await parts.accounts.present(sub)
      if (!account) throw new Problem('not_found')
      const { value, etag } = await shownAccount(account, parts)
      tagged(ctx, etag)
      return value
    },
  })
