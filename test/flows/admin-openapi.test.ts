import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Call, callsOf, codesOf, OpenApiDocument, openApiFaults } from '../support/openapi.ts'
import type { RunningServer } from '../support/server.ts'
import { startAdminSubject } from './admin-subject.ts'

let server: RunningServer
let document: OpenApiDocument
let calls: Call[]
beforeAll(async () => {
  server = await startAdminSubject()
  const answer = await fetch(`${server.issuer}/admin/openapi.json`)
  expect(answer.status).toBe(200)
  document = OpenApiDocument.parse(await answer.json())
  calls = callsOf(document)
})
afterAll(() => server?.stop())

const nameOf = ({ method, path }: Call): string => `${method} ${path}`
const headersOf = ({ operation }: Call): string[] =>
  (operation.parameters ?? []).filter((one) => one.in === 'header').map(({ name }) => name)

it('is sound: ids are unique, references lead somewhere, parameters are those of the path', () => {
  expect(openApiFaults(document)).toEqual([])
  expect(document.servers).toEqual([{ url: server.issuer }])
})

it('has every call that the code declares, and no other', () => {
  const folder = join(import.meta.dirname, '../../src/api/admin')
  const declared = globSync('**/*.ts', { cwd: folder }).flatMap((file) =>
    [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/method: '([A-Z]+)',\s+path: '(\/admin\/[^']+)'/g),
    ].map(([, method, path]) => `${method} ${path}`),
  )
  expect(calls.map(nameOf).toSorted()).toEqual(declared.toSorted())
})

it('tells what each call wants: a token with one scope, and the entity tag of what it changes', () => {
  for (const call of calls) {
    const { security, responses } = call.operation
    expect([nameOf(call), security]).toEqual([
      nameOf(call),
      [{ bearer: [expect.stringMatching(/^\w+:(read|write)$/)] }],
    ])
    const codes = codesOf(call.operation)
    expect([nameOf(call), codes[401], codes[403]]).toEqual([
      nameOf(call),
      ['invalid_token'],
      expect.arrayContaining(['insufficient_scope']),
    ])
    expect([nameOf(call), headersOf(call).includes('If-Match')]).toEqual([nameOf(call), 412 in responses])
    expect([nameOf(call), headersOf(call).includes('Idempotency-Key')]).toEqual([
      nameOf(call),
      codes[409]?.includes('request_in_progress') ?? false,
    ])
  }
})

it('tells the methods of each path that the server has', async () => {
  for (const path of new Set(calls.map((call) => call.path))) {
    const answer = await fetch(server.issuer + path.replaceAll(/\{\w+\}/g, 'something'), {
      method: 'OPTIONS',
    })
    const there = calls.filter((call) => call.path === path).map(({ method }) => method)
    expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, there.join(', ')])
  }
})

it('has the problems of its own calls only', () => {
  const { oneOf } = document.components.schemas.ProblemCode as { oneOf: { const: string }[] }
  const used = new Set(calls.flatMap(({ operation }) => Object.values(codesOf(operation)).flat()))
  expect(oneOf.map((one) => one.const).toSorted()).toEqual([...used, 'method_not_allowed'].toSorted())
})
