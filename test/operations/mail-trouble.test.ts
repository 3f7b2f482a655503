import { createServer } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { freePort } from '../support/free-port.ts'
import { linkIn, mailFiles } from '../support/mail-files.ts'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const KIM = { email: 'kim@example.com', password: 'amber lantern on the quay' }
const CHEAP = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_MAIL_ACCOUNT: '100' }
const seed = { accounts: [{ ...KIM, email_verified: true }] }

const endings: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const start = async (env: Record<string, string>): Promise<RunningServer> => {
  const server = await startServer({ seed, env: { ...CHEAP, ...env } })
  endings.push(server.stop)
  return server
}
const post = async ({ issuer }: RunningServer, path: string, body: object): Promise<[number, number]> => {
  const begin = performance.now()
  const answer = await fetch(issuer + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.text()
  return [answer.status, performance.now() - begin]
}
const forgot = (server: RunningServer, email = KIM.email) => post(server, '/auth/password/forgot', { email })
const login = (server: RunningServer) => post(server, '/auth/login', KIM)

/** A mail server that takes connections and says nothing. */
const startSilent = async (): Promise<{ url: string; connections(): number }> => {
  let connections = 0
  const server = createServer(() => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `smtp://127.0.0.1:${address.port}`, connections: () => connections }
}
const withSink = async (options?: Parameters<typeof startMailSink>[0]): Promise<MailSink> => {
  const sink = await startMailSink(options)
  endings.push(sink.stop)
  return sink
}
const smtp = (url: string) => ({ SMTP_URL: url, MAIL_FROM: 'Harbor <id@example.com>' })

it.each([
  ['hangs', async () => (await startSilent()).url],
  ['is down', async () => `smtp://127.0.0.1:${await freePort()}`],
  ['refuses', async () => (await withSink({ refuse: () => ({ code: 550, text: 'no' }) })).url],
  ['is slow', async () => (await withSink({ delay: 6_000 })).url],
])('R-23 a mail server that %s delays neither the request for a letter nor a sign-in', async (_, open) => {
  const server = await start(smtp(await open()))
  const answers = await parallel(12, (n) => (n % 2 === 0 ? forgot(server) : login(server)))
  expect(answers.map(([status]) => status).sort()).toEqual([
    ...Array.from({ length: 6 }, () => 200),
    ...Array.from({ length: 6 }, () => 202),
  ])
  expect(Math.max(...answers.map(([, time]) => time))).toBeLessThan(3_000)
})

it('R-23 a server whose mail server hangs stops in order, a few seconds later', async () => {
  const silent = await startSilent()
  const server = await start(smtp(silent.url))
  expect((await forgot(server))[0]).toBe(202)
  await expect.poll(silent.connections).toBe(1)
  const begin = performance.now()
  expect(await server.stop()).toBe(0)
  expect(performance.now() - begin).toBeLessThan(6_000)
  expect(server.output()).toContain('a letter was dropped: too many wait, or the server stops')
})

it('a letter that waits when the server is told to stop is delivered before it ends', async () => {
  const sink = await withSink({ delay: 1_000 })
  const server = await start(smtp(sink.url))
  await forgot(server)
  await expect.poll(sink.connections).toBe(1)
  expect(await server.stop()).toBe(0)
  expect(sink.all().map(({ to }) => to)).toEqual([[KIM.email]])
})

it('X-40 the log of a server that writes letters to files names the file, and no link or token', async () => {
  const server = await start({ LOG_LEVEL: 'debug' })
  await forgot(server)
  const mail = await mailFiles(server).next({ to: KIM.email })
  const token = new URL(linkIn(mail)).searchParams.get('token') ?? ''
  expect(token).toMatch(/^[\w-]{43}$/)
  await vi.waitFor(() => expect(server.output()).toMatch(/a letter was written/))
  expect(server.output()).toContain('data/mail/')
  expect(server.output()).not.toContain(token)
  expect(server.output()).not.toContain('/reset?')
})

it('counts letters by kind and outcome', async () => {
  const MANAGEMENT_PORT = String(await freePort())
  const server = await start({ MANAGEMENT_PORT })
  await forgot(server)
  await mailFiles(server).next({ to: KIM.email })
  const metrics = async () => (await fetch(`http://127.0.0.1:${MANAGEMENT_PORT}/metrics`)).text()
  await expect.poll(metrics).toContain('gatehouse_mails_total{kind="reset",outcome="sent"} 1')
})
