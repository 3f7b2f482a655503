import { afterAll, expect, it } from 'vitest'
import { startServer } from '../support/server.ts'

const open: { stop(): Promise<unknown> }[] = []
afterAll(async () => {
  await Promise.all(open.map((server) => server.stop()))
})

const start = async (env: Record<string, string>) => {
  const server = await startServer({ env })
  open.push(server)
  return server.issuer
}

it('says where to report a security problem, and until when that holds (RFC 9116)', async () => {
  const issuer = await start({ SECURITY_CONTACT: 'mailto:security@example.com' })
  const answer = await fetch(`${issuer}/.well-known/security.txt`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  const text = await answer.text()
  expect(text).toContain('Contact: mailto:security@example.com\n')
  expect(text).toContain(`Canonical: ${issuer}/.well-known/security.txt\n`)
  const expires = Date.parse(/^Expires: (.+)$/m.exec(text)?.[1] ?? '')
  expect(expires).toBeGreaterThan(Date.now())
  expect(expires).toBeLessThan(Date.now() + 365 * 24 * 3_600_000)
})

it('has no such file where nobody is named', async () => {
  const issuer = await start({})
  expect((await fetch(`${issuer}/.well-known/security.txt`)).status).toBe(404)
})
