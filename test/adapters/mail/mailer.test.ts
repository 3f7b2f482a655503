import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../support/free-port.ts'
import { type MailSink, type SinkOptions, startMailSink } from '../../support/mail-sink.ts'
import { AT, arrangeMailer, samples, TOKEN } from './arrange.ts'

const letter = samples().reset
const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const arrange = (options: Parameters<typeof arrangeMailer>[0]) => {
  const arranged = arrangeMailer(options)
  endings.push(() => arranged.mailer.close())
  return arranged
}
const sinkFor = async (options: SinkOptions = {}): Promise<MailSink> => {
  const sink = await startMailSink(options)
  endings.push(sink.stop)
  return sink
}
const counted = (counts: { outcome: string }[]) => counts.map(({ outcome }) => outcome)

describe('the way to the mail server', () => {
  it('takes user and password from the address, whatever characters they have', async () => {
    const login = { user: 'id@example.com', password: 'p:a/s?s%20@#w' }
    const sink = await sinkFor({ login })
    const { sendMail, mailer, counts } = arrange({ smtpUrl: sink.url })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['sent'])
    expect(sink.all()).toHaveLength(1)
  })

  it('gives up at a wrong password, and logs neither it nor the user', async () => {
    const sink = await sinkFor({ login: { user: 'mailuser', password: 'right' } })
    const { sendMail, mailer, counts, lines } = arrange({
      smtpUrl: sink.url.replace('right', 'wrong-canary'),
    })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['failed'])
    expect(lines).toMatchObject([{ level: 'error', fields: { code: 'EAUTH', status: 535 } }])
    expect(JSON.stringify(lines)).not.toMatch(/canary|mailuser/)
  })

  it('starts TLS where the server offers it', async () => {
    const sink = await sinkFor({ login: { user: 'u', password: 'p', overTls: true } })
    const { sendMail, mailer, counts } = arrange({ smtpUrl: sink.url })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['sent'])
  })

  it('speaks TLS from the start to smtps', async () => {
    const sink = await sinkFor({ isSecure: true })
    const { sendMail, mailer, counts } = arrange({ smtpUrl: sink.url })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['sent'])
  })

  it('refuses to go on without TLS where it is required', async () => {
    const sink = await sinkFor()
    const { sendMail, mailer, counts } = arrange({ smtpUrl: `${sink.url}?requireTLS=true`, pauses: [] })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['failed'])
    expect(sink.all()).toEqual([])
  })
})

describe('R-23 a mail server in trouble', () => {
  it('that says "later" is tried again, with the same message id', async () => {
    const sink = await sinkFor({
      refuse: (attempt) => (attempt <= 2 ? { code: 451, text: '4.7.1 later' } : undefined),
    })
    const { sendMail, mailer, counts, lines } = arrange({ smtpUrl: sink.url })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['sent'])
    expect(lines).toEqual([])
    expect(sink.connections()).toBe(3)
  })

  it('that says "never" is believed at once', async () => {
    const sink = await sinkFor({ refuse: () => ({ code: 550, text: '5.1.1 no such person here' }) })
    const { sendMail, mailer, counts, lines } = arrange({ smtpUrl: sink.url })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counts).toEqual([{ kind: 'reset', outcome: 'failed' }])
    expect(sink.connections()).toBe(1)
    expect(lines).toMatchObject([
      { level: 'error', fields: { kind: 'reset', status: 550, enhanced: '5.1.1', command: 'RCPT TO' } },
    ])
  })

  it('that is down is tried again until it is back', async () => {
    const port = await freePort()
    const { sendMail, mailer, counts } = arrange({
      smtpUrl: `smtp://127.0.0.1:${port}`,
      pauses: [50, 500, 500, 500],
    })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await sleep(200)
    const sink = await sinkFor({ port })
    await mailer.settled()
    expect(counted(counts)).toEqual(['sent'])
    expect(sink.all()).toHaveLength(1)
  })

  it('that stays down is given up after the last attempt', async () => {
    const { sendMail, mailer, counts, lines } = arrange({ smtpUrl: `smtp://127.0.0.1:${await freePort()}` })
    sendMail({ to: 'kim@example.com', locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['failed'])
    expect(lines).toMatchObject([{ level: 'error', fields: { kind: 'reset', code: 'ECONNREFUSED' } }])
  })

  it('that hangs holds nobody up: sending returns at once, and the stop waits three seconds', {
    timeout: 20_000,
  }, async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    endings.push(async () => silent.close())
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { sendMail, mailer, counts, lines } = arrangeMailer({ smtpUrl: `smtp://127.0.0.1:${port}` })
    const start = performance.now()
    for (let count = 0; count < 500; count++) sendMail({ to: 'kim@example.com', locale: 'en', letter })
    expect(performance.now() - start).toBeLessThan(50)
    const stop = performance.now()
    await mailer.close()
    const waited = performance.now() - stop
    expect(waited).toBeGreaterThan(2_500)
    expect(waited).toBeLessThan(4_000)
    expect(counted(counts)).toEqual(Array.from({ length: 500 }, () => 'dropped'))
    expect(lines).toHaveLength(500)
  })

  it('that is slow gets at most four letters at a time, and all of them', async () => {
    const sink = await sinkFor({ delay: 150 })
    const { sendMail, mailer, counts } = arrange({ smtpUrl: sink.url })
    for (let count = 0; count < 8; count++) sendMail({ to: `p${count}@example.com`, locale: 'en', letter })
    await sleep(200)
    expect(sink.connections()).toBeLessThanOrEqual(4)
    await mailer.settled()
    expect(counted(counts)).toEqual(Array.from({ length: 8 }, () => 'sent'))
    expect(new Set(sink.all().flatMap(({ to }) => to)).size).toBe(8)
  })

  it('gets no more letters than the queue holds; the others are dropped and counted', async () => {
    const sink = await sinkFor()
    const { sendMail, mailer, counts, lines } = arrange({ smtpUrl: sink.url, capacity: 3 })
    for (let count = 0; count < 5; count++) sendMail({ to: `p${count}@example.com`, locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts).sort()).toEqual(['dropped', 'dropped', 'sent', 'sent', 'sent'])
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error'])
  })
})

describe('the end of the process', () => {
  it('delivers what waits, and what waits for another attempt at once', async () => {
    const sink = await sinkFor({
      refuse: (attempt) => (attempt === 1 ? { code: 421, text: 'busy' } : undefined),
    })
    const { sendMail, mailer, counts } = arrangeMailer({ smtpUrl: sink.url, pauses: [60_000] })
    sendMail({ to: 'first@example.com', locale: 'en', letter })
    await expect.poll(sink.connections).toBe(1)
    await sleep(300)
    sendMail({ to: 'second@example.com', locale: 'en', letter })
    await mailer.close()
    expect(counted(counts)).toEqual(['sent', 'sent'])
    sendMail({ to: 'late@example.com', locale: 'en', letter })
    expect(counted(counts)).toEqual(['sent', 'sent', 'dropped'])
  })
})

it('drops letters with a warning where there is neither a mail server nor a folder', async () => {
  const { sendMail, mailer, counts, lines } = arrange({})
  expect(mailer.isReady).toBe(false)
  sendMail({ to: 'kim@example.com', locale: 'en', letter })
  expect(counted(counts)).toEqual(['dropped'])
  expect(lines).toMatchObject([{ level: 'warn', message: 'a letter was dropped: there is no SMTP_URL' }])
})

describe('X-31 an address', () => {
  it.each([
    'kim@example.com\r\nBcc: evil@example.org',
    'kim@example.com, evil@example.org',
    'kim@example.com,evil@example.org',
    '"kim@example.com"@evil.example.org',
    'Kim <kim@example.com>',
    'kim@example.com\n\nevil',
    'group: kim@example.com, evil@example.org;',
    '',
  ])('that is not exactly one gets nothing: %j', async (to) => {
    const sink = await sinkFor()
    const { sendMail, mailer, counts, lines } = arrange({ smtpUrl: sink.url })
    sendMail({ to, locale: 'en', letter })
    await mailer.settled()
    expect(counted(counts)).toEqual(['failed'])
    expect(lines).toMatchObject([{ level: 'error', fields: { code: 'EADDRESS' } }])
    expect(sink.connections()).toBe(0)
  })

  it.each(['kim+tag@example.com', "o'neil@example.com", 'kim@münchen.example', '{kim}@example.com'])(
    'that is one is the only recipient: %s',
    async (to) => {
      const sink = await sinkFor()
      const { sendMail, mailer } = arrange({ smtpUrl: sink.url })
      sendMail({ to, locale: 'en', letter })
      await mailer.settled()
      const [mail, ...more] = sink.all()
      expect(more).toEqual([])
      expect(mail?.to).toEqual([to])
      expect(mail?.headers.has('bcc')).toBe(false)
    },
  )
})

it('X-40 a device or an address from outside is one line of text in the letter, and no markup', async () => {
  const sink = await sinkFor()
  const { sendMail, mailer } = arrange({ smtpUrl: sink.url })
  const hostile = `<img src=x onerror=alert(1)>\r\nBcc: evil@example.org\r\n\r\nhttp://evil.example \u202e${'x'.repeat(5_000)}`
  sendMail({
    to: 'kim@example.com',
    locale: 'en\r\nBcc: evil@example.org',
    letter: {
      kind: 'new_device',
      device: hostile,
      address: hostile,
      at: AT,
      securityLink: 'https://x.example',
    },
  })
  await mailer.settled()
  const [mail] = sink.all()
  expect(mail?.to).toEqual(['kim@example.com'])
  expect(mail?.headers.has('bcc')).toBe(false)
  expect(mail?.html).not.toContain('<img')
  expect(mail?.html).toContain('&lt;img')
  expect(mail?.html).not.toMatch(/href="http:\/\/evil/)
  expect(mail?.text).not.toMatch(/^Bcc/m)
  expect(mail?.text).not.toContain('\u202e')
  expect(mail?.text.length).toBeLessThan(1_500)
})

it('X-40 no line of the log has a link, a token or an address, whatever the mail server repeats', async () => {
  const links = Object.values(samples())
  for (const refuse of [
    (): { code: number; text: string } => ({ code: 550, text: `<kim@example.com> said ${TOKEN}` }),
    (): { code: number; text: string } => ({
      code: 451,
      text: `https://id.example.com/reset?token=${TOKEN}`,
    }),
  ]) {
    const sink = await sinkFor({ refuse })
    const { sendMail, mailer, lines } = arrange({ smtpUrl: sink.url, pauses: [1] })
    for (const one of links) sendMail({ to: 'kim@example.com', locale: 'en', letter: one })
    await mailer.settled()
    expect(lines).toHaveLength(links.length)
    expect(JSON.stringify(lines)).not.toMatch(/canary|example\.com|token/)
  }
})
