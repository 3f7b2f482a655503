import Router from '@koa/router'
import type { Clock } from '../domain/ports.ts'
import { refuse } from '../errors.ts'

const PATH = '/.well-known/security.txt'
const DAY = 24 * 60 * 60 * 1000
/** RFC 9116 §2.5.5 recommends less than a year. */
const GOOD_FOR = 180 * DAY

export interface SecurityTxtParts {
  issuer: string
  /** `mailto:` or `https:` URL; undefined: there is no such file. */
  contact: string | undefined
  now: Clock
}

/** `/.well-known/security.txt`: where to report a security problem (RFC 9116). */
export const securityTxtRoute = ({ issuer, contact, now }: SecurityTxtParts): Router =>
  new Router({ strict: true, sensitive: true }).get(PATH, (ctx) => {
    if (contact === undefined) throw refuse('not_found')
    const expires = new Date(Math.floor((now() + GOOD_FOR) / DAY) * DAY).toISOString()
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = [
      `Contact: ${contact}`,
      `Expires: ${expires}`,
      `Canonical: ${new URL(PATH, issuer).href}`,
      'Preferred-Languages: en, ru',
      '',
    ].join('\n')
  })
