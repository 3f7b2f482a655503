import type { Context } from 'koa'
import { dateLocale } from '../domain/date-locale.ts'
import type { Clock } from '../domain/ports.ts'
import type { Words } from '../i18n.ts'
import type { Reference } from './page-locals.ts'

export interface ReferenceParts {
  now: Clock
  /** The request id of the log; it is no secret. */
  requestIdOf: (ctx: Context) => string
}

/** What a person can give to whoever helps: the request's id and the time, UTC. */
export const reference = ({ now, requestIdOf }: ReferenceParts, ctx: Context, words: Words): Reference => {
  const at = new Date(now())
  const format = new Intl.DateTimeFormat(dateLocale(words.locale), {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
    timeZone: 'UTC',
  })
  return { id: requestIdOf(ctx), at: at.toISOString(), atText: `${format.format(at)} UTC` }
}
