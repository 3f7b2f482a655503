import type { Context } from 'koa'

/** Network address of the client, as the edge worked it out. */
export const addressOf = (ctx: Context): string => ctx.ip
