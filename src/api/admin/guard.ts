import type { Context } from 'koa'
import type { Subject } from '../../domain/access/access.ts'
import type { Actor } from '../../domain/access/actor.ts'
import type { MayAdminister } from '../../domain/access/may-administer.ts'
import { Problem } from '../problem.ts'
import type { AdminScope } from './admin-bearer.ts'

/** @throws Problem `beyond_own_permissions` if the subject has more of the administration than the actor */
export const requireMay = async (
  { mayAdminister }: { mayAdminister: MayAdminister },
  actor: Actor,
  subject: Subject,
): Promise<void> => {
  if (!(await mayAdminister(actor, subject))) throw new Problem('beyond_own_permissions')
}

/**
 * For a part of a call that wants more than the call.
 *
 * @throws Problem `insufficient_scope`
 */
export const requireScope = (ctx: Context, { permissions }: Actor, scope: AdminScope): void => {
  if (permissions.has(scope)) return
  // RFC 6750 §3.1.
  ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
  throw new Problem('insufficient_scope')
}
