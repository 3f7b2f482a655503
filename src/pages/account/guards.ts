import type { Context } from 'koa'
import type { Clock } from '../../domain/ports.ts'
import { freshProof, lacks } from './demand.ts'
import type { ConsoleSessions, Visit } from './session.ts'
import type { StartSignIn } from './sign-in.ts'

export interface Guards {
  /** Who is at the console; undefined: nobody, and the person is on the way to sign in. */
  requireConsole(ctx: Context, page?: string): Promise<Visit | undefined>
  /** The same, with a proof from the last ten minutes, by two factors if the account has two. */
  requireRecent(ctx: Context, page?: string): Promise<Visit | undefined>
  /** Whether a visit has such a proof; false: the person is on the way to give it. */
  insist(ctx: Context, visit: Visit, page?: string): Promise<boolean>
  /** Subject of who is at the console of this browser, without asking anybody. */
  consoleSub(ctx: Context): Promise<string | undefined>
}

export interface GuardParts {
  sessions: Pick<ConsoleSessions, 'current'>
  startSignIn: StartSignIn
  now: Clock
}

const CONSOLE_PATH = /^\/account(?:\/[\w-]+){0,4}(?:\?[\w=&.~%-]{1,512})?$/

/** Where to come back to: this page of the console, or its first one (C-11, C-12). */
const returnTo = (ctx: Context, page = ctx.url): string => (CONSOLE_PATH.test(page) ? page : '/account')

/** Whoever sent a form has to fill it in again. */
const sendAgain = ({ method }: Context) =>
  method === 'POST' ? { done: { key: 'account.sendAgain', tone: 'warn' } as const } : {}

/** `page` is the path that shows a form again; without it, the one that was asked for. */
export const guards = ({ sessions, startSignIn, now }: GuardParts): Guards => {
  const requireConsole: Guards['requireConsole'] = async (ctx, page) => {
    const visit = await sessions.current(ctx)
    if (!visit) await startSignIn(ctx, { to: returnTo(ctx, page), demand: {}, ...sendAgain(ctx) })
    return visit
  }
  const insist: Guards['insist'] = async (ctx, { account, session }, page) => {
    const demand = freshProof(account)
    if (!lacks(session, demand, now())) return true
    await startSignIn(ctx, { to: returnTo(ctx, page), demand, ...sendAgain(ctx) })
    return false
  }
  return {
    requireConsole,
    insist,
    async requireRecent(ctx, page) {
      const visit = await requireConsole(ctx, page)
      return visit && (await insist(ctx, visit, page)) ? visit : undefined
    },
    consoleSub: async (ctx) => (await sessions.current(ctx))?.account.sub,
  }
}
