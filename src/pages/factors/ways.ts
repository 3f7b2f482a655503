import type { Way } from './locals.ts'

/** Titles of the page, by what it asks for. */
export const wayTitle: Readonly<Record<Way, string>> = {
  totp: 'secondFactor.totp',
  passkey: 'secondFactor.passkey',
  recovery_code: 'secondFactor.recovery',
}

/** In this order, unless the person chooses. */
const ORDER: readonly Way[] = ['totp', 'passkey', 'recovery_code']

/**
 * What the page asks for.
 *
 * @param methods those that the person has
 * @param chosen from a request: it counts only if it is one of them
 */
export const chooseWay = (methods: readonly Way[], chosen: unknown): Way =>
  ORDER.find((way) => way === chosen && methods.includes(way)) ??
  ORDER.find((way) => methods.includes(way)) ??
  'totp'
