import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { describe, expect, it } from 'vitest'
import { readMail } from '../../../src/adapters/mail/read-mail.ts'
import { newHome } from '../../support/home.ts'
import { linkIn, mailFiles } from '../../support/mail-files.ts'
import { AT, arrangeMailer, samples, TOKEN } from './arrange.ts'

const arrange = (now = () => AT) => {
  const home = newHome()
  const folder = join(home, 'data', 'mail')
  return { home, folder, files: mailFiles({ home }), ...arrangeMailer({ folder, now, from: undefined }) }
}

it('writes each letter as a file that mail programs read', async () => {
  const { sendMail, files, mailer } = arrange()
  expect(mailer.isReady).toBe(true)
  sendMail({ to: 'kim@example.com', locale: 'ru', letter: samples().reset })
  const mail = await files.next({ to: 'kim@example.com' })
  expect(mail).toMatchObject({ from: 'gatehouse@localhost', subject: 'Задайте новый пароль' })
  expect(linkIn(mail)).toContain(TOKEN)
})

it('keeps letters from other users of the machine', async () => {
  const { sendMail, folder, mailer } = arrange()
  sendMail({ to: 'kim@example.com', locale: 'en', letter: samples().reset })
  await mailer.settled()
  const [name = ''] = readdirSync(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
})

it('X-40 logs the name of the file, and never the link or the address', async () => {
  const { sendMail, folder, mailer, lines } = arrange()
  for (const letter of Object.values(samples())) sendMail({ to: 'kim@example.com', locale: 'en', letter })
  await mailer.settled()
  const names = readdirSync(folder)
  expect(lines.map(({ fields }) => fields)).toEqual(
    expect.arrayContaining(names.map((name) => ({ file: join(folder, name) }))),
  )
  expect(JSON.stringify(lines)).not.toMatch(/canary|kim@|https?:/)
})

it('names files so that they sort by time', async () => {
  let time = AT
  const { sendMail, folder, mailer } = arrange(() => (time += 1_000))
  for (let count = 0; count < 3; count++) {
    sendMail({ to: `p${count}@example.com`, locale: 'en', letter: samples().reset })
    await mailer.settled()
  }
  const names = readdirSync(folder).sort()
  expect(names[0]).toMatch(/^2026-11-28T03-11-01\.000Z-[\da-f]{8}\.eml$/)
  const to = names.map((name) => /^To: (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1])
  expect(to).toEqual(['p0@example.com', 'p1@example.com', 'p2@example.com'])
})

it('gives up a letter that cannot be written, and says which folder', async () => {
  const home = newHome()
  mkdirSync(join(home, 'data'))
  writeFileSync(join(home, 'data', 'mail'), 'in the way')
  const { sendMail, mailer, counts, lines } = arrangeMailer({ folder: join(home, 'data', 'mail') })
  sendMail({ to: 'kim@example.com', locale: 'en', letter: samples().reset })
  await mailer.settled()
  expect(counts).toEqual([{ kind: 'reset', outcome: 'failed' }])
  expect(lines).toMatchObject([{ level: 'error', fields: { kind: 'reset', code: 'EEXIST' } }])
})

describe.each(['en', 'ru'])('reading letters in %s back', (locale) => {
  it.each(Object.values(samples()))('gives what a mail program reads: $kind', async (letter) => {
    const { sendMail, folder, mailer } = arrange()
    sendMail({ to: "o'neil+кит@bücher.example", locale, letter })
    await mailer.settled()
    const source = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8')
    const { subject, text = '', html, date } = await simpleParser(source)
    expect(readMail(source)).toEqual({
      subject,
      to: expect.stringContaining("o'neil+кит@"),
      at: date?.getTime(),
      text: text.trim(),
      html: String(html).trim(),
    })
  })
})
