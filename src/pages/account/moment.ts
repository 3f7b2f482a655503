import { dateLocale } from '../../domain/date-locale.ts'
import type { Words } from '../../i18n.ts'
import type { Moment } from './locals.ts'

/** A day, as `4 March 2025`. @param at milliseconds */
export const dayOf = (at: number, { locale }: Words): Moment => show(at, locale, { dateStyle: 'long' })

/** A minute, in UTC and saying so. @param at milliseconds */
export const minuteOf = (at: number, { locale }: Words): Moment => {
  const moment = show(at, locale, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' })
  return { ...moment, text: `${moment.text} UTC` }
}

const show = (at: number, locale: string, format: Intl.DateTimeFormatOptions): Moment => ({
  at: new Date(at).toISOString(),
  text: new Intl.DateTimeFormat(dateLocale(locale), { ...format, timeZone: 'UTC' }).format(at),
})
