import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { grpcClient } from '../support/grpc-client.ts'
import { arrangeGrpc, BATCH, EVALUATE, GET_ACCOUNT, gate, good, INTROSPECT, question } from './arrange.ts'

type Arranged = Awaited<ReturnType<typeof arrangeGrpc>>
const opened: Arranged[] = []
const arrange = async (parts: Parameters<typeof arrangeGrpc>[0] = {}): Promise<Arranged> => {
  const at = await arrangeGrpc(parts)
  opened.push(at)
  return at
}
afterEach(async () => {
  for (const at of opened.splice(0)) await at.end()
})

it('answers, measures the call once, and has a line for it at debug without anything of the request', async () => {
  const { client, measured, lines } = await arrange()
  expect(await client.call(EVALUATE, question, good)).toMatchObject({ code: 'OK', body: { decision: true } })
  expect(measured).toEqual([[EVALUATE, 'OK']])
  expect(lines).toEqual([
    {
      level: 'debug',
      message: 'call',
      fields: {
        requestId: expect.any(String),
        method: EVALUATE,
        status: 'OK',
        ms: expect.any(Number),
        address: '127.0.0.1',
      },
    },
  ])
})

it("echoes the caller's x-request-id with every answer, and sends one of its own where there is none to repeat", async () => {
  const { client } = await arrange()
  const sent = async (id?: string, options: object = good) => {
    const metadata: Record<string, string> = id === undefined ? {} : { 'x-request-id': id }
    const { trailers } = await client.call(EVALUATE, question, { ...options, metadata })
    return trailers.get('x-request-id')
  }
  expect([await sent('abc 1'), await sent('abc 2', {})]).toEqual([['abc 1'], ['abc 2']])
  const [ours] = await sent()
  expect(ours).toMatch(/^[\w-]{10,}$/)
  expect(await sent('x'.repeat(513))).not.toEqual([ours])
})

it.each([
  ['store_unavailable', 'UNAVAILABLE', 'warn'],
  ['busy', 'UNAVAILABLE', 'warn'],
  ['stopping', 'UNAVAILABLE', 'warn'],
  ['too_many_attempts', 'RESOURCE_EXHAUSTED', 'info'],
  ['internal', 'INTERNAL', 'warn'],
] as const)(
  'answers the refusal %s as %s, never as a denial, and tells nothing from inside',
  async (code, name, level) => {
    const fail = async () => {
      throw refuse(code, { cause: new Error('mongodb://10.0.0.9 is away') })
    }
    const { client, measured, lines } = await arrange({ evaluate: fail, introspect: fail })
    for (const [method, request] of [
      [EVALUATE, question],
      [BATCH, { evaluations: [question] }],
      [INTROSPECT, { token: 'any' }],
    ] as const) {
      const answer = await client.call(method, request, good)
      expect(answer).toMatchObject({ code: name, body: {} })
      expect(JSON.stringify([answer.details, answer.trailers.getMap()])).not.toContain('10.0.0.9')
    }
    expect(measured.map(([, status]) => status)).toEqual([name, name, name])
    expect(lines.filter(({ message }) => message === 'call').map((line) => line.level)).toEqual([
      level,
      level,
      level,
    ])
  },
)

it('says INTERNAL of a defect and has its stack in the log only', async () => {
  const { client, lines } = await arrange({
    evaluate: async () => {
      throw new TypeError('secret detail')
    },
  })
  const answer = await client.call(EVALUATE, question, good)
  expect([answer.code, answer.details]).toEqual(['INTERNAL', 'internal'])
  expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'a call failed' }))
})

it('DEADLINE_EXCEEDED: a batch whose deadline passes is worked on no further', async () => {
  const { begun, open, pass } = gate()
  let looked = 0
  const { client, measured } = await arrange({
    evaluate: async (inquiries, _last, isWanted = () => true) => {
      const decisions: boolean[] = []
      for (const _ of inquiries) {
        if (!isWanted()) break
        looked += 1
        await pass()
        decisions.push(true)
      }
      return decisions
    },
  })
  const call = client.call(BATCH, { evaluations: Array(50).fill(question) }, { ...good, deadline: 300 })
  await begun
  expect((await call).code).toBe('DEADLINE_EXCEEDED')
  // The server's own clock runs out a moment later.
  await sleep(100)
  open()
  await vi.waitFor(() => expect(measured).toEqual([[BATCH, 'DEADLINE_EXCEEDED']]))
  expect(looked).toBe(1)
})

it('CANCELLED: what its caller has taken back is worked on no further', async () => {
  const { begun, open, pass } = gate()
  let decided = 0
  const { client, measured } = await arrange({
    evaluate: async (inquiries, _last, isWanted = () => true) => {
      await pass()
      for (const _ of inquiries) if (isWanted()) decided += 1
      return []
    },
  })
  const taking = new AbortController()
  const call = client.call(BATCH, { evaluations: [question] }, { ...good, signal: taking.signal })
  await begun
  taking.abort()
  expect((await call).code).toBe('CANCELLED')
  // The server learns of it a moment later.
  await sleep(100)
  open()
  await vi.waitFor(() => expect(measured).toEqual([[BATCH, 'CANCELLED']]))
  expect(decided).toBe(0)
})

it('RESOURCE_EXHAUSTED: takes a message of 64 KiB and none that is larger, compressed or not', async () => {
  const { client, port, measured } = await arrange()
  const padded = (bytes: number) => ({
    ...question,
    context: { fields: { pad: { stringValue: 'x'.repeat(bytes) } } },
  })
  expect((await client.call(EVALUATE, padded(64 * 1024 - 200), good)).code).toBe('OK')
  // GZIP
  const compressing = grpcClient(port, undefined, { 'grpc.default_compression_algorithm': 2 })
  for (const each of [client, compressing])
    expect((await each.call(EVALUATE, padded(64 * 1024), good)).code).toBe('RESOURCE_EXHAUSTED')
  compressing.close()
  expect(measured).toEqual([[EVALUATE, 'OK']])
})

it('INVALID_ARGUMENT: bytes that are no message, nests without end included', async () => {
  const { client } = await arrange()
  const nested = (depth: number): Buffer => {
    let value = Buffer.alloc(0)
    // A list in a list: field 6 of google.protobuf.Value, field 1 of its ListValue.
    for (let at = 0; at < depth; at++) {
      const list = Buffer.concat([Buffer.from([0x0a]), lengthOf(value), value])
      value = Buffer.concat([Buffer.from([0x32]), lengthOf(list), list])
    }
    const entry = Buffer.concat([Buffer.from([0x0a, 1, 0x61, 0x12]), lengthOf(value), value])
    const struct = Buffer.concat([Buffer.from([0x0a]), lengthOf(entry), entry])
    return Buffer.concat([Buffer.from([0x22]), lengthOf(struct), struct])
  }
  for (const bytes of [Buffer.from([0x0a, 0xff, 1]), Buffer.from('{"subject":1}'), nested(6000)])
    expect(await client.raw(EVALUATE, bytes, good)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: expect.not.stringContaining('Range'),
    })
})

const lengthOf = ({ length }: Buffer): Buffer => {
  const bytes: number[] = []
  for (let rest = length; ; rest >>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) return Buffer.from(bytes)
  }
}

const missing: [string, string, object, string][] = [
  ['nothing at all', EVALUATE, {}, 'subject, action, resource'],
  ['a subject without a type', EVALUATE, { ...question, subject: { id: 'kim' } }, 'subject.type'],
  ['a resource without an id', EVALUATE, { ...question, resource: { type: 'api' } }, 'resource.id'],
  ['an id with NUL', EVALUATE, { ...question, subject: { type: 'user', id: 'a\0b' } }, 'subject.id'],
  [
    'an id that is too long',
    EVALUATE,
    { ...question, subject: { type: 'user', id: 'x'.repeat(1025) } },
    'subject.id',
  ],
  ['an action without a name', EVALUATE, { ...question, action: {} }, 'action.name'],
  ['a batch of nothing', BATCH, question, 'evaluations'],
  ['a batch of 101', BATCH, { evaluations: Array(101).fill(question) }, 'evaluations'],
  [
    'a batch of which one lacks what it needs',
    BATCH,
    { ...question, action: null, evaluations: [{ action: question.action }, {}] },
    'evaluations.1.action',
  ],
  [
    'a semantic that is none',
    BATCH,
    { evaluations: [question], evaluations_semantic: 9 },
    'evaluations_semantic',
  ],
  ['no token to introspect', INTROSPECT, {}, 'token'],
  ['N-21 a JWT to introspect', INTROSPECT, { token: 'eyJhbGciOiJub25lIn0.e30.x' }, 'token'],
  ['no account', GET_ACCOUNT, {}, 'by'],
  ['an empty sub', GET_ACCOUNT, { sub: '' }, 'sub'],
  ['an API that is not there', GET_ACCOUNT, { sub: 'kim', api: 'https://nowhere.example' }, 'api'],
]
it.each(missing)('INVALID_ARGUMENT names the field: %s', async (_, method, request, fields) => {
  const { client } = await arrange()
  expect(await client.call(method, request, good)).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: `missing or malformed: ${fields}`,
  })
})

it('UNIMPLEMENTED: a method or service that is not here', async () => {
  const { client } = await arrange()
  for (const method of ['gatehouse.v1.Access/Search', 'gatehouse.v1.Admin/Evaluate'])
    expect((await client.raw(method, Buffer.alloc(0), good)).code).toBe('UNIMPLEMENTED')
})
