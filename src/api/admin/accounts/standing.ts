import { z } from 'zod'
import { actorName } from '../../../domain/access/actor.ts'
import type { Doing, StandingOutcome } from '../../../domain/administration/account-standing.ts'
import type { Account } from '../../../domain/ports.ts'
import type { Operation, Success } from '../../operation.ts'
import { Problem, type ProblemCode } from '../../problem.ts'
import { requireMay } from '../guard.ts'
import { type AdminCall, adminOperation, noBody, noQuery } from '../operation.ts'
import { tagged } from '../precondition.ts'
import { Flag } from '../removal.ts'
import { time } from '../time.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountPath } from './read.ts'
import { AccountOutput, shownAccount } from './representation.ts'

type Call<Query = object> = AdminCall<z.output<typeof AccountPath>, Query, undefined>

/** @throws Problem unless the actor may do that to this account */
const doing = async ({ ctx, actor, path: { sub } }: Call, parts: AccountAdminParts): Promise<Doing> => {
  if (!(await parts.accounts.present(sub))) throw new Problem('not_found')
  await requireMay(parts, actor, { kind: 'user', id: sub })
  return { actor, sub, address: parts.addressOf(ctx) }
}

const requireDone = (outcome: StandingOutcome): Account => {
  if (outcome.kind === 'unknown') throw new Problem('not_found')
  if (outcome.kind === 'last_admin') throw new Problem('last_admin')
  return outcome.account
}

interface StandingCall {
  method: 'POST'
  path: `/admin/accounts/{sub}/${string}`
  summary: string
  problems: readonly ProblemCode[]
  work(doing: Doing): Promise<StandingOutcome>
}

/** A call that changes how an account as a whole stands, and answers with it. */
const standingCall = (parts: AccountAdminParts, { problems, work, ...call }: StandingCall): Operation =>
  adminOperation(parts.gate, {
    ...call,
    scope: 'accounts:write',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: {
      status: 200,
      description: 'The account as it is then',
      schema: AccountOutput,
      headers: ['ETag'],
    },
    problems: ['beyond_own_permissions', ...problems],
    async handle(asked: Call): Promise<AccountOutput> {
      const account = requireDone(await work(await doing(asked, parts)))
      const { value, etag } = await shownAccount(account, parts)
      tagged(asked.ctx, etag)
      return value
    },
  })

export const disableAccount = (parts: AccountAdminParts): Operation =>
  standingCall(parts, {
    method: 'POST',
    path: '/admin/accounts/{sub}/disable',
    summary: 'Ends every session and token of the account, and every sign-in until it is enabled',
    problems: ['last_admin'],
    work: parts.standing.disable,
  })

export const enableAccount = (parts: AccountAdminParts): Operation =>
  standingCall(parts, {
    method: 'POST',
    path: '/admin/accounts/{sub}/enable',
    summary: 'Lets the account sign in again; what has ended stays ended',
    problems: [],
    work: parts.standing.enable,
  })

export const resetFactors = (parts: AccountAdminParts): Operation =>
  standingCall(parts, {
    method: 'POST',
    path: '/admin/accounts/{sub}/factors/reset',
    summary:
      'For a person who has lost them: takes authenticator app, recovery codes and passkeys away, ends every session and tells the owner',
    problems: [],
    work: parts.standing.resetFactors,
  })

const Leaving = z.object({ sub: z.string(), due: z.iso.datetime() })
const accepted = {
  status: 202,
  description: 'Its sessions are over; when it is removed, and until when its owner can take that back',
  schema: Leaving,
} satisfies Success
const RemovalQuery = z.strictObject({
  /** Without the window in which the owner can take it back. */
  now: Flag,
})

export const removeAccount = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/accounts/{sub}',
    summary:
      'Removes the account when `DELETION_DELAY` is over, with a letter that lets its owner keep it; or `now`',
    scope: 'accounts:write',
    params: AccountPath,
    query: RemovalQuery,
    body: noBody,
    success: accepted,
    problems: ['beyond_own_permissions', 'last_admin'],
    async handle(call: Call<z.output<typeof RemovalQuery>>): Promise<z.output<typeof Leaving>> {
      const outcome = await parts.standing.remove(await doing(call, parts), call.query.now)
      const { sub, deletion, updatedAt } = requireDone(outcome)
      return { sub, due: time(deletion?.due ?? updatedAt) }
    },
  })

export const sendPasswordReset = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/accounts/{sub}/password/reset',
    summary: 'Sends the owner of the account a letter to choose a password; nobody else sees its link',
    scope: 'accounts:write',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: { status: 202, description: 'A letter is on its way' },
    problems: ['beyond_own_permissions', 'account_disabled', 'mail_unavailable'],
    async handle(call: Call): Promise<undefined> {
      if (!parts.mailReady) throw new Problem('mail_unavailable')
      const { actor, sub, address } = await doing(call, parts)
      const by = { address, actor: actorName(actor) }
      if (!(await parts.passwordReset.send({ sub, letter: 'reset', ...by })))
        throw new Problem('account_disabled')
    },
  })
