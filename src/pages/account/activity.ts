import Router from '@koa/router'
import type { Context } from 'koa'
import type { AuditEvent } from '../../domain/ports.ts'
import { refuse } from '../../errors.ts'
import type { Words } from '../../i18n.ts'
import { displayName } from '../display.ts'
import { eventText } from './event-texts.ts'
import type { ActivityView } from './locals.ts'
import { minuteOf } from './moment.ts'
import type { ActivityParts } from './parts.ts'

const PATH = '/account/activity'
const ON_A_PAGE = 50
/** As `domain/audit.ts` makes them. */
const EVENT_ID = /^[0-9a-f]{34}$/

/** `/account/activity`: what happened to the account, the newest first. */
export const activityRoutes = (parts: ActivityParts): Router =>
  new Router({ strict: true, sensitive: true }).get(
    PATH,
    parts.console.page({
      async show(ctx, visit) {
        const words = parts.language.of(ctx)
        const before = beforeOf(ctx)
        const found = await parts.events.list({
          sub: visit.account.sub,
          limit: ON_A_PAGE + 1,
          ...(before === undefined ? {} : { before }),
        })
        const shown = found.slice(0, ON_A_PAGE)
        const locals = {
          events: await Promise.all(shown.map((event) => eventView(parts, event, words))),
          isFirst: before === undefined,
          olderPath: found.length > ON_A_PAGE ? `${PATH}?before=${shown.at(-1)?.id}` : undefined,
        }
        return parts.console.render(ctx, visit, 'account-activity', locals, { section: 'activity', words })
      },
    }),
  )

const beforeOf = ({ query: { before } }: Context): string | undefined => {
  if (before === undefined) return undefined
  if (typeof before !== 'string' || !EVENT_ID.test(before)) throw refuse('bad_request')
  return before
}

const eventView = async (
  { clientName }: ActivityParts,
  { type, at, address, clientId, detail }: AuditEvent,
  words: Words,
): Promise<ActivityView> => {
  const name = clientId === undefined ? undefined : ((await clientName(clientId)) ?? clientId)
  const { device } = detail
  return {
    text: eventText(type, words),
    moment: minuteOf(at, words),
    from: [
      name === undefined ? '' : displayName(name),
      typeof device === 'string' ? displayName(device) : '',
      address ?? '',
    ].filter((part) => part !== ''),
  }
}
