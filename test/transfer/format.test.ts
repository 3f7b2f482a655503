import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseHeader, parseLine, recordLine } from '../../src/transfer/format.ts'
import { inOrder } from '../../src/transfer/in-order.ts'
import { lines } from '../../src/transfer/lines.ts'
import type { Moved } from '../../src/transfer/records.ts'

const isObject = (value: unknown): value is Record<string, never> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
/** What JSON can carry, with any name of a member. */
const members = fc
  .dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('__proto__')), fc.jsonValue(), {
    noNullPrototype: true,
  })
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter(isObject)
const text = fc.string({ unit: 'binary' })
const id = fc.string({ unit: 'binary', minLength: 1 })
const time = fc.integer({ min: 0 })
const scopes = fc.array(text)

const factors = fc.record(
  {
    totp: fc.record(
      { secret: text, lastStep: time, addedAt: time, lastUsedAt: time },
      { noNullPrototype: true, requiredKeys: ['secret', 'lastStep', 'addedAt'] },
    ),
    recoveryCodes: fc.record(
      { madeAt: time, left: fc.array(fc.record({ mark: text, hash: text }, { noNullPrototype: true })) },
      { noNullPrototype: true },
    ),
    passkeys: fc.array(
      fc.record(
        {
          id,
          publicKey: text,
          counter: time,
          transports: scopes,
          name: text,
          isSynced: fc.boolean(),
          addedAt: time,
          lastUsedAt: time,
        },
        {
          noNullPrototype: true,
          requiredKeys: ['id', 'publicKey', 'counter', 'transports', 'name', 'isSynced', 'addedAt'],
        },
      ),
    ),
  },
  { noNullPrototype: true, requiredKeys: ['passkeys'] },
)

const moved: fc.Arbitrary<Moved> = fc.oneof(
  fc.record({ kind: fc.constant('document' as const), record: fc.record({ name: id, value: members }) }),
  fc.record({ kind: fc.constant('client' as const), record: fc.record({ clientId: id, metadata: members }) }),
  fc.record({
    kind: fc.constant('account' as const),
    record: fc.record(
      {
        sub: id,
        email: text,
        emailKey: id,
        emailVerified: fc.boolean(),
        name: text,
        locale: text,
        password: text,
        passwordChangedAt: time,
        factors,
        clientsValidAfter: fc.array(fc.record({ clientId: text, at: time }, { noNullPrototype: true })),
        deletion: fc.record({ due: time, clientIds: scopes }, { noNullPrototype: true }),
        roles: fc.array(fc.record({ roleId: text }, { noNullPrototype: true })),
        disabled: fc.boolean(),
        validAfter: time,
        createdAt: time,
        updatedAt: time,
      },
      {
        noNullPrototype: true,
        requiredKeys: [
          'sub',
          'email',
          'emailKey',
          'emailVerified',
          'roles',
          'disabled',
          'validAfter',
          'createdAt',
          'updatedAt',
        ],
      },
    ),
  }),
  fc.record({
    kind: fc.constant('consent' as const),
    record: fc.record({
      sub: id,
      clientId: id,
      scopes,
      resources: fc.dictionary(fc.webUrl(), scopes, { noNullPrototype: true }),
      updatedAt: time,
    }),
  }),
  fc.record({
    kind: fc.constant('audit' as const),
    record: fc.record({
      id: fc.stringMatching(/^[0-9a-f]{1,40}$/),
      at: time,
      type: text,
      detail: members,
    }),
  }),
)

it('gives every record back as it was, whatever its texts are', () => {
  fc.assert(
    fc.property(moved, (record) => {
      const line = recordLine(record)
      expect(line.indexOf('\n')).toBe(line.length - 1)
      const parsed = parseLine(line.slice(0, -1), 2)
      expect(parsed.kind).toBe('record')
      expect(parsed.kind === 'record' && recordLine(parsed.moved)).toBe(line)
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(record)))
    }),
  )
})

it('writes one line for one record, in whatever order a store keeps its members', () => {
  const one: Moved = { kind: 'client', record: { clientId: 'a', metadata: { x: { b: 1, a: [2] }, c: '' } } }
  const other: Moved = { kind: 'client', record: { metadata: { c: '', x: { a: [2], b: 1 } }, clientId: 'a' } }
  expect(recordLine(other)).toBe(recordLine(one))
})

it('finds the same lines however the file arrives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.integer({ min: 1, max: 9 }), async (texts, size) => {
      const rows = texts.map((row) => row.replaceAll('\n', ' ').toWellFormed())
      const bytes = Buffer.from(rows.map((row) => `${row}\n`).join(''))
      const source = async function* () {
        for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
      }
      const found = (await Array.fromAsync(lines(source()))).map((line) => line.toString('utf8'))
      expect(found).toEqual(rows)
    }),
  )
})

it('refuses a file without any end of a line before it fills the memory', async () => {
  const source = async function* () {
    for (;;) yield Buffer.alloc(1024 * 1024, 'x')
  }
  await expect(Array.fromAsync(lines(source()))).rejects.toThrow('Line 1 is longer than any line')
})

it.each([
  ['another kind', '{"kind":"session","record":{}}', 'kind (invalid_union)'],
  [
    'a member of another release',
    '{"kind":"document","record":{"name":"a","value":{},"more":1}}',
    'record (unrecognized_keys)',
  ],
  [
    'a member of another type',
    '{"kind":"client","record":{"clientId":{"$ne":""},"metadata":{}}}',
    'record.clientId (invalid_type)',
  ],
  ['a list for an object', '{"kind":"document","record":{"name":"a","value":[]}}', 'record.value (custom)'],
  ['a text', '"secret-text"', 'the line (invalid_type)'],
  ['something else than JSON', '{"kind":"document","record":{"name":"secret-text"', 'is not JSON'],
])('refuses a line with %s, names it and repeats nothing of it', (_what, line, sentence) => {
  const parse = () => parseLine(line, 7)
  expect(parse).toThrow(sentence)
  expect(parse).toThrow('Line 7 ')
  expect(parse).not.toThrow('secret-text')
})

it.each([
  [
    'of a later format',
    '{"gatehouse":"export","format":2,"more":[]}',
    'has format 2; this release reads format 1',
  ],
  ['that is something else', '{"openapi":"3.1.0"}', 'no export of Gatehouse'],
  ['that is no JSON', 'id;name', 'no export of Gatehouse'],
  ['without an issuer', '{"gatehouse":"export","format":1,"sealing":["x"]}', 'no export of Gatehouse'],
])('refuses a file %s', (_what, header, sentence) => {
  expect(() => parseHeader(header)).toThrow(sentence)
})

it('works on a bounded number of items at once, keeps their order, and waits for all after a failure', async () => {
  let under = 0
  let most = 0
  let taken = 0
  const items = async function* () {
    for (; taken < 100; taken++) yield taken
  }
  const work = async (item: number): Promise<number> => {
    under++
    most = Math.max(most, under)
    await new Promise((resolve) => setTimeout(resolve, (item % 3) * 2))
    under--
    if (item === 40) throw new Error('the fortieth')
    return item
  }
  const results: number[] = []
  const run = async () => {
    for await (const result of inOrder(items(), 8, work)) results.push(result)
  }
  await expect(run()).rejects.toThrow('the fortieth')
  expect(results).toEqual(Array.from({ length: 40 }, (_, index) => index))
  expect(most).toBe(8)
  expect(under).toBe(0)
  expect(taken).toBeLessThan(50)
})
