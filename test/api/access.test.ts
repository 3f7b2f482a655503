import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accessOperations } from '../../src/api/access/index.ts'
import { requestId } from '../../src/api/access/request-id.ts'
import { api } from '../../src/api/app.ts'
import { refuse } from '../../src/errors.ts'
import { freePort } from '../support/free-port.ts'

const away = async (): Promise<never> => {
  throw refuse('store_unavailable', { retryAfter: 2, cause: new Error('the private cause') })
}
let isKnown = true
const causes: unknown[] = []

const part = api({
  operations: accessOperations({
    authorize: async () => (isKnown ? undefined : away()),
    evaluate: away,
    search: { subjects: away, resources: away, actions: away },
  }),
  prefix: '/access/',
  issuer: 'https://id.example',
  corsOrigins: [],
  headers: requestId,
  log: { error: (fields) => void causes.push(fields) },
})
const server = createServer((request, response) => {
  if (!part(request, response)) response.writeHead(404).end()
})
let port = 0
beforeAll(async () => {
  port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, resolve))
})
afterAll(() => server.close())

const question = {
  subject: { type: 'user', id: 'kim' },
  action: { name: 'read' },
  resource: { type: 'api', id: 'https://records.example/api' },
}
const batch = { ...question, evaluations: [{}, {}], options: { evaluations_semantic: 'deny_on_first_deny' } }
const calls: [string, object][] = [
  ['evaluation', question],
  ['evaluations', question],
  ['evaluations', batch],
  ['search/subject', question],
  ['search/resource', question],
  ['search/action', question],
]

it.each(calls)('a store that is away is an error of %s, never a decision', async (path, body) => {
  for (const knows of [true, false]) {
    isKnown = knows
    const answer = await fetch(`http://127.0.0.1:${port}/access/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'mine' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-request-id')]).toEqual([
      503,
      '2',
      'mine',
    ])
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'store_unavailable' })
    expect(text).not.toMatch(/decision|results|private cause/)
  }
  expect(causes.length).toBeGreaterThan(0)
})
