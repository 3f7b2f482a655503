import { createServer, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api, apiPattern } from '../../src/api/app.ts'
import { optionalBearer } from '../../src/api/bearer.ts'
import type { Operation } from '../../src/api/operation.ts'
import { Problem } from '../../src/api/problem.ts'

const Path = z.object({ id: z.string().min(4).max(8) })

const plain = { summary: 'A thing', body: undefined, needsToken: false, problems: [] } as const

const remove: Operation<typeof Path> = {
  ...plain,
  method: 'DELETE',
  path: '/auth/things/{id}',
  params: Path,
  success: { status: 204, description: 'Gone' },
  async handle(_, { id }) {
    if (id === 'missing') throw new Problem('not_found')
  },
}
const show: Operation<typeof Path> = {
  ...remove,
  method: 'GET',
  success: { status: 200, description: 'There' },
  handle: async (_, { id }) => ({ id }),
}
const Key = z.object({ key: z.string() })
const encoded: Operation<typeof Key> = {
  ...plain,
  method: 'GET',
  path: '/auth/any/{key}/end',
  isEncoded: true,
  params: Key,
  success: { status: 200, description: 'There' },
  handle: async (_, { key }) => ({ key }),
}
const mine: Operation = {
  ...plain,
  method: 'GET',
  path: '/auth/things/mine',
  success: { status: 200, description: 'There' },
  handle: async () => ({ mine: true }),
}
const STATUSES = { usual: 201, later: 202, undocumented: 200 } as const
const add: Operation = {
  ...plain,
  method: 'POST',
  path: '/auth/things',
  success: [
    { status: 201, description: 'Made' },
    { status: 202, description: 'To be made' },
  ],
  async handle(ctx) {
    ctx.status = STATUSES[z.enum(['usual', 'later', 'undocumented']).parse(ctx.query.as)]
    return ctx.status === 202 ? undefined : { made: true }
  },
}
const who: Operation = {
  ...plain,
  method: 'GET',
  path: '/auth/who',
  needsToken: 'optional',
  success: { status: 200, description: 'Who' },
  async handle(ctx) {
    const caller = optionalBearer(async () => {
      if (ctx.get('authorization') !== 'Bearer good') throw new Problem('invalid_token')
      return { sub: 'kim', family: 'one', amr: ['pwd'] }
    })
    return { sub: (await caller(ctx))?.sub ?? 'nobody' }
  },
}
const operations = [remove, show, encoded, mine, add, who]

const logged: object[] = []
const part = api({
  operations,
  page: '/auth/docs',
  issuer: 'http://localhost',
  corsOrigins: ['https://app.example'],
  headers: (_, next) => next(),
  log: { error: (fields) => void logged.push(fields) },
})
const server = createServer((request, response) => {
  if (!part(request, response)) response.writeHead(421).end()
})
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
afterAll(() => void server.close())

const port = (): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Without a client that would put the path straight. */
const call = (method: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number | undefined; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      request({ host: '127.0.0.1', port: port(), method, path, headers }, async (answer) => {
        const text = Buffer.concat(await answer.toArray()).toString()
        resolve({ status: answer.statusCode, headers: answer.headers, text })
      })
        .on('error', reject)
        .end()
    },
  )

describe('a parameter of a path', () => {
  it('is taken as it stands', async () => {
    expect(await call('GET', '/auth/things/abc-_9')).toMatchObject({ status: 200, text: '{"id":"abc-_9"}' })
    expect(await call('DELETE', '/auth/things/abc-_9?x=1')).toMatchObject({ status: 204, text: '' })
    expect(await call('DELETE', '/auth/things/missing')).toMatchObject({ status: 404 })
  })

  it.each([
    'abc',
    'abcdefghi',
    'x'.repeat(201),
    '%61bcd',
    'abcd%2f',
    'abcd%00',
    'abcd%252f',
    'abcd/',
    'abcd;v=1',
    'abcd.',
    '..',
    '../things/abcd',
    './abcd',
    'ab+cd',
    '',
  ])('C-22 X-39 has one spelling, within bounds: "%s" is not found', async (id) => {
    const { status, text } = await call('DELETE', `/auth/things/${id}`)
    expect({ status, code: JSON.parse(text).code }).toEqual({ status: 404, code: 'not_found' })
  })

  it.each(['/auth//things/abcd', '/auth/Things/abcd', '/auth/things%2fabcd', '/auth/%74hings/abcd'])(
    'C-22 X-39 stands in a path with one spelling: %s is not found',
    async (path) => expect(await call('DELETE', path)).toMatchObject({ status: 404 }),
  )

  it.each(['/auth/docs', '//auth/things/abcd', '/AUTH/things/abcd', '/%61uth/things/abcd'])(
    'C-22 X-39 leaves %s to other parts',
    async (path) => expect(await call('DELETE', path)).toMatchObject({ status: 421 }),
  )

  it('gives way to a path without parameters, whose other methods are refused', async () => {
    expect(await call('GET', '/auth/things/mine')).toMatchObject({ text: '{"mine":true}' })
    const refused = await call('DELETE', '/auth/things/mine')
    expect(refused).toMatchObject({ status: 405, headers: { allow: 'GET' } })
  })

  it('is a part of the pattern that log and metrics name', () => {
    const pattern = apiPattern(operations)
    expect(pattern('/auth/things/secret-id')).toBe('/auth/things/{id}')
    expect(pattern('/auth/things/mine')).toBe('/auth/things/mine')
    expect(pattern('/auth/things/a/b')).toBeUndefined()
  })
})

describe('a parameter of any text', () => {
  it.each([
    'a',
    'https://orders.example/api',
    'Кладовщик / ночь',
    "it's (nearly) done!*",
    '%',
    '%2F',
    'a b+c;d',
    'x'.repeat(500),
  ])('is percent-encoded: %s', async (key) => {
    const answer = await call('GET', `/auth/any/${encodeURIComponent(key)}/end`)
    expect({ status: answer.status, body: JSON.parse(answer.text) }).toEqual({ status: 200, body: { key } })
  })

  it('may have the five characters that some encode and some do not in either spelling', async () => {
    expect(await call('GET', '/auth/any/%28a%29%21%2A%27/end')).toMatchObject({ text: `{"key":"(a)!*'"}` })
  })

  it.each([
    '%61',
    '%2f',
    'a%2',
    '%ff',
    '%C0%AF',
    '%ED%A0%80',
    'a;b',
    'a+b',
    'a:b',
    '.',
    '..',
    '%2E%2E',
    '',
    'a/b',
    'x'.repeat(2501),
  ])('C-22 X-39 has one other spelling of nothing: "%s" is not found', async (segment) =>
    expect(await call('GET', `/auth/any/${segment}/end`)).toMatchObject({ status: 404 }),
  )
})

it('tells every method that a path has', async () => {
  const answer = await call('PATCH', '/auth/things/abcd')
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'DELETE, GET' } })
})

it('answers with any documented success, with or without a body, and with no other', async () => {
  expect(await call('POST', '/auth/things?as=usual')).toMatchObject({ status: 201, text: '{"made":true}' })
  const later = await call('POST', '/auth/things?as=later')
  expect(later).toMatchObject({ status: 202, text: '' })
  expect(later.headers['content-type']).toBeUndefined()
  expect(await call('POST', '/auth/things?as=undocumented')).toMatchObject({ status: 500 })
  expect(logged).toHaveLength(1)
})

it('refuses a bad token where one is optional, and no token not', async () => {
  const as = (authorization: string) => call('GET', '/auth/who', { authorization })
  expect(await call('GET', '/auth/who')).toMatchObject({ text: '{"sub":"nobody"}' })
  expect(await as('Bearer good')).toMatchObject({ text: '{"sub":"kim"}' })
  expect(await as('Bearer bad')).toMatchObject({ status: 401 })
})

it('lets scripts of listed origins use every method that there is', async () => {
  const { headers } = await call('OPTIONS', '/auth/things/abcd', {
    origin: 'https://app.example',
    'access-control-request-method': 'DELETE',
  })
  expect(headers['access-control-allow-methods']).toBe('DELETE, GET, POST')
})
