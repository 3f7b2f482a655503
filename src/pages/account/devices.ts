import Router from '@koa/router'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import type { Words } from '../../i18n.ts'
import type { AccountSession } from '../../oidc/account-sessions.ts'
import { deviceText } from './device-names.ts'
import type { DeviceView } from './locals.ts'
import { minuteOf } from './moment.ts'
import { paged } from './paging.ts'
import type { DeviceParts } from './parts.ts'
import type { Visit } from './session.ts'

const PATH = '/account/devices'
const OVER_PATH = '/account/signed-out'
const Nothing = z.object({})

/** `/account/devices`: where the person is signed in, and the end of that. */
export const deviceRoutes = (parts: DeviceParts): Router => {
  const { console, sessions, visits, language, addressOf, render } = parts
  const form = {
    page: PATH,
    show: (_ctx: unknown, _visit: Visit, { refusal }: { refusal: Error }) => Promise.reject(refusal),
  }
  return new Router({ strict: true, sensitive: true })
    .get(
      PATH,
      console.page({
        async show(ctx, visit) {
          const words = language.of(ctx)
          const all = views(await sessions.list(visit.account.sub), visit, words)
          const { shown: devices, ...place } = paged(ctx, PATH, all)
          const hasOthers = all.some(({ isHere }) => !isHere)
          const locals = { devices, hasOthers, ...place }
          return console.render(ctx, visit, 'account-devices', locals, { section: 'devices', words })
        },
      }),
    )
    .post(
      `${PATH}/end`,
      console.form({
        ...form,
        schema: z.object({ id: z.string().max(64) }),
        async work(ctx, visit, { id }) {
          // One that is over already is no fault: that is what was asked for.
          await sessions.end(visit.account.sub, id, addressOf(ctx))
          await console.done(ctx, visit, PATH, 'devices.ended')
        },
      }),
    )
    .post(
      `${PATH}/others`,
      console.form({
        ...form,
        schema: Nothing,
        async work(ctx, visit) {
          await sessions.endOthers(visit.account.sub, [visit.session.sessionUid], addressOf(ctx))
          await console.done(ctx, visit, PATH, 'devices.othersEnded')
        },
      }),
    )
    .post(
      `${PATH}/everywhere`,
      console.form({
        ...form,
        schema: Nothing,
        async work(ctx, visit) {
          await sessions.endAll(visit.account.sub, addressOf(ctx))
          await visits.end(ctx)
          seeOther(ctx, OVER_PATH)
        },
      }),
    )
    .get(OVER_PATH, (ctx) =>
      render(ctx, 'account-everywhere', {}, { words: language.of(ctx), here: ctx.url }),
    )
}

/** This device first, then the newest. */
const views = (sessions: readonly AccountSession[], { session }: Visit, words: Words): DeviceView[] => {
  const isHere = ({ reference }: AccountSession): boolean => reference === session.sessionUid
  return [...sessions.filter(isHere), ...sessions.filter((one) => !isHere(one))].map((one) => ({
    id: one.id,
    name: deviceText(one.device, words),
    icon: one.device.kind,
    isHere: isHere(one),
    isProgram: one.kind === 'api',
    address: one.address,
    started: minuteOf(one.startedAt, words),
    lastUsed: minuteOf(one.lastUsedAt, words),
  }))
}
