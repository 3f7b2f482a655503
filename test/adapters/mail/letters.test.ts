import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { credentialChanges } from '../../../src/domain/audit-events.ts'
import { links } from '../../../src/domain/links.ts'
import type { LetterKind } from '../../../src/domain/mail.ts'
import { linkIn, type MailSink, startMailSink } from '../../support/mail-sink.ts'
import { AT, arrangeMailer, ISSUER, samples, TOKEN } from './arrange.ts'

let sink: MailSink
let opened: ReturnType<typeof arrangeMailer>
beforeAll(async () => {
  sink = await startMailSink()
  opened = arrangeMailer({ smtpUrl: sink.url })
})
afterAll(async () => {
  await opened?.mailer.close()
  await sink?.stop()
})

const letters = samples()
const to = links(ISSUER)

/** The subject in English and Russian, and the one link. */
const expected: Record<LetterKind, { en: string; ru: string; link: string | undefined }> = {
  verify: {
    en: 'Confirm your e-mail address',
    ru: 'Подтвердите адрес электронной почты',
    link: to.verify(TOKEN),
  },
  register: { en: 'Finish your registration', ru: 'Завершите регистрацию', link: to.register(TOKEN) },
  already_registered: {
    en: 'You have an account already',
    ru: 'У вас уже есть учётная запись',
    link: to.recover(),
  },
  reset: { en: 'Set a new password', ru: 'Задайте новый пароль', link: to.reset(TOKEN) },
  invitation: {
    en: 'You have an account at id.example.com',
    ru: 'Для вас создана учётная запись на id.example.com',
    link: to.reset(TOKEN),
  },
  new_device: {
    en: 'New sign-in to your account',
    ru: 'Новый вход в вашу учётную запись',
    link: to.security(),
  },
  credential_changed: { en: 'Your password was changed', ru: 'Ваш пароль изменён', link: to.security() },
  second_factor_failed: {
    en: 'Wrong codes after your password',
    ru: 'Неверные коды после вашего пароля',
    link: to.security(),
  },
  confirm_new_address: {
    en: 'Confirm your new e-mail address',
    ru: 'Подтвердите новый адрес электронной почты',
    link: to.newAddress(TOKEN),
  },
  address_changed: {
    en: 'Your e-mail address was changed',
    ru: 'Ваш адрес электронной почты изменён',
    link: to.security(),
  },
  deletion_requested: {
    en: 'Your account will be deleted',
    ru: 'Ваша учётная запись будет удалена',
    link: to.undoDeletion(TOKEN),
  },
  account_deleted: { en: 'Your account was deleted', ru: 'Ваша учётная запись удалена', link: undefined },
}

const cases = Object.values(letters).flatMap((letter) =>
  (['en', 'ru'] as const).map((locale) => ({ kind: letter.kind, locale, letter })),
)

const addressOf = ({ kind, locale }: { kind: LetterKind; locale: string }) => `${kind}.${locale}@example.com`

beforeAll(async () => {
  for (const { kind, locale, letter } of cases)
    opened.sendMail({ to: addressOf({ kind, locale }), locale, letter })
  await opened.mailer.settled()
})

describe.each(cases)('the letter $kind in $locale', ({ kind, locale }) => {
  const address = addressOf({ kind, locale })
  const receive = () => {
    const [mail, ...more] = sink.all().filter(({ to }) => to.includes(address))
    if (!mail || more.length > 0) throw new Error(`not one mail came to ${address}`)
    return mail
  }

  it('comes to its one address with its subject, from the sender of the settings', () => {
    const mail = receive()
    expect(mail).toMatchObject({ to: [address], from: 'id@example.com', subject: expected[kind][locale] })
    expect(mail.headers.get('from')).toBe('Harbor ID <id@example.com>')
    expect(mail.headers.get('to')).toBe(address)
  })

  it('has exactly its one link, in the text and in the HTML', () => {
    const mail = receive()
    const { link } = expected[kind]
    if (link !== undefined) expect(linkIn(mail)).toBe(link)
    else expect(`${mail.text} ${mail.html}`).not.toMatch(/https?:|href/)
  })

  it('reads well as text alone, and says the same in HTML', () => {
    const { subject, text, html } = receive()
    const [first, ...rest] = text.trim().split(/\n{2,}/)
    expect(first).toBe(subject)
    expect(rest.length).toBeGreaterThanOrEqual(3)
    expect(text).not.toMatch(/<|&\w+;|undefined|mail\.|\{|\[object/)
    expect(html).not.toMatch(/undefined|mail\.\w|\{\w+\}|\[object/)
    const readable = (source: string) => source.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
    for (const paragraph of rest.filter((part) => !part.includes('://') && !part.includes(': ')))
      expect(readable(html)).toContain(readable(paragraph.replace(/^-- \n/, '')).trim())
    expect(text).toContain('id.example.com')
  })

  it('says its language, and that no person sent it', () => {
    const { headers, html, text } = receive()
    expect(headers.get('content-language')).toBe(locale)
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(headers.get('message-id')).toMatch(/^<[\w-]{36}@id\.example\.com>$/)
    expect(html).toContain(`<html lang="${locale}">`)
    expect(/[а-я]/i.test(text)).toBe(locale === 'ru')
  })

  it('needs nothing from elsewhere, and has its styles in it, for both schemes', () => {
    const { html } = receive()
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form|object)\b|url\(|@import|\bsrc=|\bon\w+=/i)
    expect(html).toContain('@media (prefers-color-scheme: dark)')
    expect(html).toContain('style="margin:0;background:#f1f2ef"')
  })
})

it.each(credentialChanges)('has words of its own for %s', async (change) => {
  const address = `${change.replaceAll(/[._]/g, '-')}@example.com`
  const letter = { kind: 'credential_changed', change, at: AT, securityLink: to.security() } as const
  opened.sendMail({ to: address, locale: 'en', letter })
  const { subject, text } = await sink.next({ to: address })
  expect(subject).toMatch(/^[A-Z].+ (was|were) \w+$/)
  expect(text).toContain('Time: 28 November 2026 at 03:11 UTC')
})

it('tells when, where and on which device a new sign-in was', async () => {
  opened.sendMail({ to: 'kim@example.com', locale: 'en', letter: letters.new_device })
  const { text, html } = await sink.next({ to: 'kim@example.com' })
  for (const fact of ['Firefox on Linux', '203.0.113.7', '28 November 2026 at 03:11 UTC']) {
    expect(text).toContain(fact)
    expect(html).toContain(fact)
  }
})

it.each([
  [undefined, 'en'],
  ['ru-RU', 'ru'],
  ['de', 'en'],
  ['../ru', 'en'],
])('writes to an account with the language %s in %s', async (locale, language) => {
  const address = `speaks.${String(locale).replaceAll(/\W/g, '-')}@example.com`
  opened.sendMail({ to: address, locale, letter: letters.reset })
  expect((await sink.next({ to: address })).headers.get('content-language')).toBe(language)
})

it('counts hours as each language does', async () => {
  for (const [locale, hours, phrase] of [
    ['en', 1, 'for 1 hour.'],
    ['en', 24, 'for 24 hours.'],
    ['ru', 1, 'в течение 1 часа.'],
    ['ru', 22, 'в течение 22 часов.'],
    ['ru', 25, 'в течение 25 часов.'],
  ] as const) {
    const address = `hours-${locale}-${hours}@example.com`
    opened.sendMail({ to: address, locale, letter: { kind: 'verify', link: to.verify('t'), hours } })
    expect((await sink.next({ to: address })).text).toContain(phrase)
  }
})
