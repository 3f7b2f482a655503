import Router from '@koa/router'
import type { Context } from 'koa'
import { dateLocale } from '../../domain/date-locale.ts'
import { refuse } from '../../errors.ts'
import type { PageParts } from '../parts.ts'
import type { MailLine } from './locals.ts'

/** A mail that was written instead of sent. */
export interface WrittenMail {
  subject: string
  to: string
  /** Milliseconds. */
  at: number
  text: string
  html: string
}

export interface MailPartsOfPages extends PageParts {
  issuer: string
  /** The mail of this development. */
  box: {
    /** Newest first. */
    list(): Promise<(WrittenMail & { name: string })[]>
    /** Finds nothing under a name that `list` does not have. */
    read(name: string): Promise<WrittenMail | undefined>
  }
}

export const MAIL_PATH = '/mail'

const pathOf = (name: string): string => `${MAIL_PATH}/${encodeURIComponent(name)}`

const time = (at: number, locale: string) => ({
  at: new Date(at).toISOString(),
  atText: new Intl.DateTimeFormat(dateLocale(locale), {
    dateStyle: 'medium',
    timeStyle: 'long',
    timeZone: 'UTC',
  }).format(at),
})

const line = (text: string, issuer: string): MailLine => ({
  text,
  href: text.startsWith(`${issuer}/`) && !text.includes(' ') ? text : undefined,
})

const paragraphs = (text: string, issuer: string): MailLine[][] =>
  text.split(/\n{2,}/).map((paragraph) => paragraph.split('\n').map((one) => line(one.trim(), issuer)))

/** Not a page of ours: it has its styles in it, and does nothing, not even in a tab of its own. */
const LETTER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"

/**
 * `GET /mail`: what a development without a mail server has written, newest first; `/mail/:name` shows one. The letters
 * hold links that work, so these pages exist in development only.
 */
export const mailRoutes = ({ box, issuer, render, language }: MailPartsOfPages): Router => {
  const found = async (name: string | undefined): Promise<WrittenMail> => {
    const mail = await box.read(name ?? '')
    if (mail === undefined) throw refuse('not_found')
    return mail
  }
  const list = async (ctx: Context): Promise<void> => {
    const words = language.of(ctx)
    const mails = (await box.list()).map(({ name, subject, to, at }) => ({
      href: pathOf(name),
      subject,
      to,
      ...time(at, words.locale),
    }))
    render(ctx, 'mail-list', { mails }, { words, here: MAIL_PATH })
  }
  return new Router({ strict: true, sensitive: true })
    .get(MAIL_PATH, list)
    .get(`${MAIL_PATH}/:name`, async (ctx) => {
      const { name } = ctx.params
      const { subject, to, at, text } = await found(name)
      const words = language.of(ctx)
      const here = pathOf(name ?? '')
      const shown = { subject, to, ...time(at, words.locale), text: paragraphs(text, issuer) }
      render(ctx, 'mail-letter', { ...shown, htmlPath: `${here}/html` }, { words, here })
    })
    .get(`${MAIL_PATH}/:name/html`, async (ctx) => {
      const { html } = await found(ctx.params.name)
      ctx.set({ 'Content-Security-Policy': LETTER_POLICY, 'X-Frame-Options': 'SAMEORIGIN' })
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = html
    })
}
