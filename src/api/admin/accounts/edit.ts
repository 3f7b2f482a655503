import { z } from 'zod'
import { parseEmail } from '../../../domain/email.ts'
import type { Account } from '../../../domain/ports.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { requireMay } from '../guard.ts'
import { type AdminCall, adminOperation, noQuery } from '../operation.ts'
import { tagged } from '../precondition.ts'
import { NewAccountBody } from './create.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountPath } from './read.ts'
import { AccountOutput, shownAccount } from './representation.ts'

const { name, locale, email, email_verified } = NewAccountBody.shape

/** RFC 7396: null takes away. Everything else of an account has a call of its own, or belongs to its owner (C-35). */
const Body = z.strictObject({
  name: name.unwrap().nullable().exactOptional(),
  locale: locale.unwrap().nullable().exactOptional(),
  /** Counts as not proven, unless `email_verified` says so. */
  email: email.exactOptional(),
  email_verified,
})

const readEmail = (typed: string | undefined) => {
  const read = typed === undefined ? undefined : parseEmail(typed)
  if (typed !== undefined && !read)
    throw new Problem('invalid_fields', {
      errors: [{ field: 'email', code: 'email_malformed', wanted: 'wanted one plain e-mail address' }],
    })
  return read
}

type Change = AdminCall<z.output<typeof AccountPath>, object, z.output<typeof Body>>

/** The account as it is, if it is the one that the caller knows. */
const known = async ({ path: { sub }, expected }: Change, parts: AccountAdminParts): Promise<Account> => {
  const account = await parts.accounts.present(sub)
  if (!account) throw new Problem('not_found')
  if (expected !== undefined && (await shownAccount(account, parts)).etag !== expected)
    throw new Problem('precondition_failed')
  return account
}

export const editAccount = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'PATCH',
    path: '/admin/accounts/{sub}',
    summary: 'Changes name, language or e-mail address; both addresses hear of a new one',
    scope: 'accounts:write',
    params: AccountPath,
    query: noQuery,
    body: Body,
    precondition: 'required',
    success: { status: 200, description: 'Changed', schema: AccountOutput, headers: ['ETag'] },
    problems: ['beyond_own_permissions', 'email_taken', 'invalid_fields'],
    async handle(call: Change): Promise<AccountOutput> {
      const { ctx, actor, body, expected } = call
      const address = readEmail(body.email)
      const { sub, version } = await known(call, parts)
      await requireMay(parts, actor, { kind: 'user', id: sub })
      const edited = await parts.edit({
        actor,
        address: parts.addressOf(ctx),
        sub,
        version: expected === undefined ? undefined : version,
        changes: {
          name: body.name,
          locale: body.locale,
          email: address,
          emailVerified: body.email_verified,
        },
      })
      if (edited.kind === 'unknown') throw new Problem('not_found')
      if (edited.kind === 'stale') throw new Problem('precondition_failed')
      if (edited.kind === 'taken') throw new Problem('email_taken')
      const { value, etag } = await shownAccount(edited.account, parts)
      tagged(ctx, etag)
      return value
    },
  })
