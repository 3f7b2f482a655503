import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { links } from '../../src/domain/links.ts'
import { arrangeMailer, samples } from '../adapters/mail/arrange.ts'
import { mailFiles } from '../support/mail-files.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server?.stop())

const get = async (path: string, language = 'en') => {
  const answer = await fetch(server.issuer + path, { headers: { 'accept-language': language } })
  return { status: answer.status, headers: answer.headers, body: await answer.text() }
}

/** As the server itself would write it. */
const write = async (to: string, locale = 'en', at = Date.now()) => {
  const folder = join(server.home, 'data', 'mail')
  const { mailer, sendMail } = arrangeMailer({ folder, now: () => at, issuer: server.issuer })
  sendMail({ to, locale, letter: samples(links(server.issuer)).reset })
  await mailer.close()
}
const hrefs = (body: string) => [...body.matchAll(/href="(\/mail\/[^"?]+)"/g)].map(([, href = '']) => href)

it('says that there is none before the first letter', async () => {
  const { status, body } = await get('/mail')
  expect(status).toBe(200)
  expect(body).toContain('No letter has been written yet')
})

it('is to be found on the landing page', async () => {
  expect((await get('/')).body).toContain('href="/mail"')
})

describe('with letters', () => {
  beforeAll(async () => {
    await write('first@example.com', 'en', Date.UTC(2026, 10, 28, 3))
    await write('второй@example.com', 'ru', Date.UTC(2026, 10, 28, 4))
  })

  it('lists them, newest first, with subject, address and time', async () => {
    const { body } = await get('/mail')
    expect(hrefs(body)).toHaveLength(2)
    expect(body.indexOf('Задайте новый пароль')).toBeGreaterThan(0)
    expect(body.indexOf('Задайте новый пароль')).toBeLessThan(body.indexOf('Set a new password'))
    expect(body).toContain('<bdi>второй@example.com</bdi>')
    expect(body).toContain('<time datetime="20')
  })

  it('shows the text of one, with its link to follow', async () => {
    const { body } = await get('/mail')
    const [russian = '', english = ''] = hrefs(body)
    const [mail] = await mailFiles(server).all()
    const shown = await get(english)
    expect(shown.body).toContain('<h1>Set a new password</h1>')
    expect(shown.body).toContain('If it was you, set it here.')
    const link = /https?:\S+/.exec(mail?.text ?? '')?.[0] ?? 'none'
    expect(shown.body).toContain(`<a href="${link}">${link}</a>`)
    expect((await get(russian, 'ru')).body).toContain('Если это вы, задайте его здесь.')
  })

  it('shows the HTML in a frame that can do nothing', async () => {
    const [path = ''] = hrefs((await get('/mail')).body)
    const page = await get(path)
    expect(page.body).toContain(`<iframe src="${path}/html" sandbox `)
    expect(page.headers.get('content-security-policy')).toContain("frame-src 'self'")
    const letter = await get(`${path}/html`)
    expect(letter.status).toBe(200)
    expect(letter.body).toContain('<html lang="ru">')
    expect(letter.body.trim().endsWith('</html>')).toBe(true)
    expect(letter.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox",
    )
    expect(letter.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(letter.headers.get('cache-control')).toBe('no-store')
  })

  it('tells nobody by a referrer which letter was open', async () => {
    const [path = ''] = hrefs((await get('/mail')).body)
    for (const one of ['/mail', path, `${path}/html`])
      expect((await get(one)).headers.get('referrer-policy')).toBe('no-referrer')
  })

  it.each([
    '..%2f..%2fkeys%2fcookie.key',
    '..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd',
    '..%5c..%5ckeys%5ccookie.key',
    '%252e%252e%252fkeys%252fcookie.key',
    'no-such.eml',
    'aside.txt',
    'x.eml.part',
    '%00.eml',
    '..%2fmail%2foutside.eml',
  ])('X-39 finds no file by the name %s', async (name) => {
    const data = join(server.home, 'data')
    writeFileSync(join(data, 'outside.eml'), 'Subject: canary\n\n')
    writeFileSync(join(data, 'mail', 'aside.txt'), 'canary')
    writeFileSync(join(data, 'mail', 'x.eml.part'), 'canary')
    for (const path of [`/mail/${name}`, `/mail/${name}/html`]) {
      const { status, body } = await get(path)
      expect([400, 404]).toContain(status)
      expect(body).not.toContain('canary')
    }
  })

  it('is there to be read only', async () => {
    const answer = await fetch(`${server.issuer}/mail`, { method: 'POST' })
    expect(answer.status).toBe(405)
  })
})

it.each([
  ['in production', { NODE_ENV: 'production' }],
  ['with a mail server', { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'id@example.com' }],
])('does not exist %s', async (_, env) => {
  const other = await startServer({ env })
  try {
    for (const path of ['/mail', '/mail/x.eml', '/mail/x.eml/html'])
      expect((await fetch(other.issuer + path)).status).toBe(404)
    expect(await (await fetch(other.issuer)).text()).not.toContain('/mail')
  } finally {
    await other.stop()
  }
})
