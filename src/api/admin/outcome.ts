import type { Context } from 'koa'
import { z } from 'zod'
import type { Actor } from '../../domain/access/actor.ts'
import type { Changed, User } from '../../domain/access/edit.ts'
import { BEYOND } from '../../domain/access/role-administration.ts'
import type { ProblemCode } from '../problem.ts'
import { Problem } from '../problem.ts'
import { fieldFaults } from './input.ts'
import { tagged } from './precondition.ts'

/** What an edit may end in beside success. */
export const changeProblems = ['not_found', 'taken', 'invalid_fields'] as const satisfies ProblemCode[]

const UserOutput = z.object({
  kind: z.enum(['role', 'account', 'client']),
  /** `sub` or client id; a role goes by its name. */
  id: z.string().optional(),
  /** Of an account its address, for who has `accounts:read`. */
  name: z.string().optional(),
})
export const UsersOutput = z.array(UserOutput)

/** Members of the problem `in_use`. */
export const inUse = {
  in_use: z.object({
    /** What uses it; some of them if they are many. */
    users: UsersOutput,
  }),
}

/** Who may not read accounts learns their subs only. */
export const shownUser =
  ({ permissions }: Actor) =>
  ({ kind, id, name }: User): z.output<typeof UserOutput> => ({
    kind,
    ...(kind === 'role' ? {} : { id }),
    ...(kind === 'account' && !permissions.has('accounts:read') ? {} : { name }),
  })

/**
 * What was changed, with its entity tag on the answer.
 *
 * @throws Problem for every other outcome
 */
export const changedValue = <Value>(
  { ctx, actor }: { ctx: Context; actor: Actor },
  changed: Changed<Value>,
): Value => {
  switch (changed.kind) {
    case 'done':
      tagged(ctx, changed.etag)
      return changed.value
    case 'stale':
      throw new Problem('precondition_failed')
    case 'taken':
      throw new Problem('taken')
    case 'unknown':
      throw new Problem('not_found')
    case 'in_use':
      throw new Problem('in_use', { extensions: { users: changed.users.map(shownUser(actor)) } })
    case 'faults':
      if (changed.faults.includes(BEYOND)) throw new Problem('beyond_own_permissions')
      throw new Problem('invalid_fields', { errors: fieldFaults(changed.faults, 'not_accepted') })
  }
}
