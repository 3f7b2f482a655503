import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { type Checks, health } from '../../src/http/health.ts'

let server: Server | undefined
afterEach(() => server?.close())

const ask = async (checks: Checks, path: string, method = 'GET') => {
  const part = health(checks)
  server = createServer((request, response) => {
    if (!part(request, response)) response.writeHead(418).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  return { status: answer.status, text: await answer.text() }
}

const works = async (): Promise<void> => undefined
const fails = async (): Promise<void> => {
  throw new Error('secret detail')
}

it('is live even when nothing works', async () => {
  expect((await ask({ store: fails }, '/livez')).status).toBe(200)
})

it('is ready when every check passes', async () => {
  const answer = await ask({ store: works, keys: works }, '/readyz')
  expect(JSON.parse(answer.text)).toEqual({ status: 'ready', checks: { store: 'ok', keys: 'ok' } })
})

it('is not ready when one check fails, names it, and tells no detail', async () => {
  const answer = await ask({ store: fails, keys: works }, '/readyz')
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.text).checks).toEqual({ store: 'failed', keys: 'ok' })
  expect(answer.text).not.toContain('secret')
})

it('is not ready when a check hangs', async () => {
  const hangs = () => new Promise<void>(() => undefined)
  expect((await ask({ store: hangs }, '/readyz')).status).toBe(503)
})

it.each(['/livez', '/readyz'])(
  'answers HEAD at %s without a body, and leaves POST to others',
  async (path) => {
    expect(await ask({}, path, 'HEAD')).toEqual({ status: 200, text: '' })
    expect((await ask({}, path, 'POST')).status).toBe(418)
  },
)
