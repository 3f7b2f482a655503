import { z } from 'zod'
import { actorName } from '../../../domain/access/actor.ts'
import { AccountInput } from '../../../domain/seed/schema.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { requireScope } from '../guard.ts'
import { fieldFaults } from '../input.ts'
import { adminOperation, noQuery } from '../operation.ts'
import { tagged } from '../precondition.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountOutput, shownAccount } from './representation.ts'

const { sub, email, name, locale, email_verified, roles } = AccountInput.shape

/** No password: nobody knows that of another person (ASVS 6.4.6). */
export const NewAccountBody = z.strictObject({
  sub,
  email,
  name,
  locale,
  email_verified,
  /** Left out: the default roles, as for a registration. Needs `roles:write`. */
  roles,
  /** Sends a letter with a link to choose a password; it proves the address, too. */
  invite: z.boolean().exactOptional(),
})

export const createAccount = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/accounts',
    summary: 'Makes an account without a password; `invite` sends its owner a letter to choose one',
    scope: 'accounts:write',
    query: noQuery,
    body: NewAccountBody,
    isCreation: true,
    success: { status: 201, description: 'Made', schema: AccountOutput, headers: ['ETag', 'Location'] },
    problems: ['beyond_own_permissions', 'email_taken', 'taken', 'invalid_fields', 'mail_unavailable'],
    async handle({ ctx, actor, body: { invite = false, ...input } }): Promise<AccountOutput> {
      if (input.roles && input.roles.length > 0) requireScope(ctx, actor, 'roles:write')
      if (invite && !parts.mailReady) throw new Problem('mail_unavailable')
      const examined = await parts.making.examine(actor, input)
      if (examined.kind === 'beyond') throw new Problem('beyond_own_permissions')
      if (examined.kind === 'faults')
        throw new Problem('invalid_fields', { errors: fieldFaults(examined.faults, 'not_accepted') })
      const address = parts.addressOf(ctx)
      const made = await parts.making.make(actor, examined.account, {
        address,
        sub: parts.newSub(),
        isVerified: input.email_verified ?? false,
      })
      if (made.kind === 'taken') throw new Problem(made.member === 'email' ? 'email_taken' : 'taken')
      const { account } = made
      if (invite) {
        const by = { address, actor: actorName(actor) }
        await parts.passwordReset.send({ sub: account.sub, letter: 'invitation', ...by })
      }
      const { value, etag } = await shownAccount(account, parts)
      tagged(ctx, etag)
      ctx.set('Location', `${parts.issuer}/admin/accounts/${encodeURIComponent(account.sub)}`)
      return value
    },
  })
