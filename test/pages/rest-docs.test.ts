import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openApi } from '../../src/api/openapi.ts'
import type { Operation } from '../../src/api/operation.ts'
import { restView } from '../../src/pages/rest/document.ts'

const operation: Operation = {
  method: 'POST',
  path: '/auth/things/{id}',
  summary: 'Change a thing',
  params: z.object({ id: z.string().length(22) }),
  body: z.object({
    name: z.string().min(1).max(100),
    count: z.int().min(0).optional(),
    kind: z.enum(['round', "it's square"]),
    parts: z.array(z.object({ label: z.string() })),
  }),
  needsToken: true,
  success: [
    {
      status: 200,
      description: 'The thing',
      schema: z.object({ at: z.int(), tags: z.record(z.string(), z.array(z.string())) }),
    },
    { status: 202, description: 'Later' },
  ],
  problems: ['wrong_credentials', 'email_taken'],
  extensions: { email_taken: z.object({ by: z.enum(['a', 'b']) }) },
  handle: async () => undefined,
}
const bare: Operation = {
  ...operation,
  method: 'GET',
  path: '/auth/bare',
  body: undefined,
  needsToken: 'optional',
  problems: [],
}
const plain: Operation = { ...operation, path: '/auth/plain', problems: [], extensions: {} }
const view = restView(openApi([operation, bare, plain], { issuer: 'https://id.example' }))
const [shown] = view.operations

describe('what the page tells of a call', () => {
  it('is where and how it is called', () => {
    expect(view.url).toBe('https://id.example')
    expect(shown).toMatchObject({
      id: 'thingsById',
      method: 'POST',
      path: '/auth/things/{id}',
      summary: 'Change a thing',
      token: 'required',
      parameters: [{ name: 'id', type: 'string, 22–22', isRequired: true }],
    })
    expect(view.operations[1]?.token).toBe('optional')
  })

  it('is each member of the body, those of parts as well, with its type and bounds', () => {
    expect(shown?.body.map(({ name, type, isRequired }) => [name, type, isRequired])).toEqual([
      ['name', 'string, 1–100', true],
      ['count', 'integer, ≥ 0', false],
      ['kind', '"round" | "it\'s square"', true],
      ['parts', 'object[]', true],
      ['parts[].label', 'string', true],
    ])
  })

  it('is each success with its members, and each problem of its own with what it brings', () => {
    expect(shown?.answers).toEqual([
      {
        status: '200',
        description: 'The thing',
        members: [
          { name: 'at', type: 'integer', isRequired: true },
          { name: 'tags', type: '{ [name]: string[] }', isRequired: true },
        ],
        problems: [],
      },
      { status: '202', description: 'Later', members: [], problems: [] },
      {
        status: '401',
        description: undefined,
        members: [],
        problems: [{ code: 'wrong_credentials', members: [] }],
      },
      { status: '404', description: undefined, members: [], problems: [{ code: 'not_found', members: [] }] },
      {
        status: '409',
        description: undefined,
        members: [],
        problems: [{ code: 'email_taken', members: [{ name: 'by', type: '"a" | "b"', isRequired: true }] }],
      },
    ])
  })

  it('is an example for a shell, in which nothing ends a word', () => {
    expect(shown?.curl).toBe(
      [
        "curl -X POST 'https://id.example/auth/things/{id}'",
        '  -H "authorization: Bearer $ACCESS_TOKEN"',
        "  -H 'content-type: application/json'",
        `  -d '{"name":"Kim","kind":"round","parts":[]}'`,
      ].join(' \\\n'),
    )
  })
})

it('tells once what all calls may answer, and all with a body', () => {
  expect(view.common.ofAll).toEqual(expect.arrayContaining(['busy', 'store_unavailable', 'internal']))
  expect(view.common.ofBodies).toEqual(
    expect.arrayContaining(['bad_request', 'unsupported_media_type', 'too_large']),
  )
  expect(view.problems).toContainEqual({ code: 'busy', title: expect.any(String) })
})
