import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Call, callsOf, codesOf, OpenApiDocument, openApiFaults } from '../support/openapi.ts'
import type { RunningServer } from '../support/server.ts'
import { startSubject } from './subject.ts'

let server: RunningServer
let document: OpenApiDocument
let calls: Call[]
beforeAll(async () => {
  server = await startSubject({ env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  const answer = await fetch(`${server.issuer}/auth/openapi.json`)
  expect(answer.status).toBe(200)
  document = OpenApiDocument.parse(await answer.json())
  calls = callsOf(document)
})
afterAll(() => server?.stop())

/** Of every call, and of every call with a body. */
const ANY = ['internal', 'busy', 'store_unavailable']
const BODY = ['bad_request', 'unsupported_media_type', 'too_large', ...ANY]

/** The contract: what each call may answer. */
const CONTRACT: Record<string, { success: string[]; codes: string[] }> = {
  'POST /auth/register': {
    success: ['201'],
    codes: ['email_taken', 'invalid_fields', 'registration_closed', 'too_many_attempts', ...BODY],
  },
  'POST /auth/login': {
    success: ['200'],
    codes: [
      'wrong_credentials',
      'mfa_required',
      'mfa_enrolment_required',
      'deletion_pending',
      'too_many_attempts',
      ...BODY,
    ],
  },
  'POST /auth/login/mfa': {
    success: ['200'],
    codes: ['wrong_code', 'invalid_challenge', 'deletion_pending', 'too_many_attempts', ...BODY],
  },
  'GET /auth/me': { success: ['200'], codes: ['invalid_token', ...ANY] },
  'POST /auth/refresh': { success: ['200'], codes: ['invalid_token', ...BODY] },
  'POST /auth/logout': { success: ['204'], codes: ['invalid_token', ...BODY] },
  'POST /auth/password/forgot': {
    success: ['202'],
    codes: ['invalid_fields', 'too_many_attempts', 'mail_unavailable', ...BODY],
  },
  'POST /auth/password/reset': { success: ['204'], codes: ['invalid_proof', 'invalid_fields', ...BODY] },
  'POST /auth/password/change': {
    success: ['200'],
    codes: [
      'invalid_token',
      'wrong_credentials',
      'invalid_fields',
      'insufficient_user_authentication',
      'too_many_attempts',
      ...BODY,
    ],
  },
  'POST /auth/email/verify': {
    success: ['204'],
    codes: ['invalid_token', 'invalid_proof', 'invalid_fields', ...BODY],
  },
  'POST /auth/email/resend': {
    success: ['202'],
    codes: ['invalid_token', 'invalid_fields', 'too_many_attempts', 'mail_unavailable', ...BODY],
  },
  'GET /auth/sessions': { success: ['200'], codes: ['invalid_token', ...ANY] },
  'DELETE /auth/sessions': { success: ['204'], codes: ['invalid_token', ...ANY] },
  'DELETE /auth/sessions/{id}': { success: ['204'], codes: ['invalid_token', 'not_found', ...ANY] },
}

describe('the OpenAPI document', () => {
  it('is sound: ids are unique, references lead somewhere, parameters are those of the path', () => {
    expect(openApiFaults(document)).toEqual([])
    expect(document.servers).toEqual([{ url: server.issuer }])
  })

  it('has every call with its successes and its problems, and no other', () => {
    const told = calls.map(({ method, path, operation }) => [
      `${method} ${path}`,
      {
        success: Object.keys(operation.responses).filter((status) => status.startsWith('2')),
        codes: Object.values(codesOf(operation)).flat().sort(),
      },
    ])
    const wanted = Object.entries(CONTRACT).map(([call, { success, codes }]) => [
      call,
      { success, codes: codes.toSorted() },
    ])
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(wanted))
  })

  it('tells when to come back after 429 and 503, and what is wanted after 401', () => {
    for (const { operation } of calls)
      for (const [status, { headers }] of Object.entries(operation.responses)) {
        const name = { 401: 'WWW-Authenticate', 429: 'Retry-After', 503: 'Retry-After' }[status]
        expect(Object.keys(headers ?? {})).toEqual(name === undefined ? [] : [name])
      }
  })

  it('tells the methods of each path that the server has', async () => {
    for (const path of new Set(calls.map((call) => call.path))) {
      const answer = await fetch(server.issuer + path.replace('{id}', 'some-id'), { method: 'PATCH' })
      const there = calls.filter((call) => call.path === path).map(({ method }) => method)
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, there.join(', ')])
    }
  })

  it('tells which calls want a token, which is then missed', async () => {
    for (const { method, path, operation } of calls) {
      const isWanted = operation.security.length > 0 && operation.security.every((one) => 'bearer' in one)
      const answer = await fetch(server.issuer + path.replace('{id}', 'some-id'), {
        method,
        ...(operation.requestBody ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}),
      })
      const { code } = JSON.parse(await answer.text())
      expect([method, path, code === 'invalid_token']).toEqual([method, path, isWanted])
    }
  })
})

const folder = join(import.meta.dirname, '../../src/api/auth')
/** The declarations of each file. */
const sources = globSync('**/*.ts', { cwd: folder }).map((file) =>
  readFileSync(join(folder, file), 'utf8').split(/^(?=(?:export )?const )/m),
)

/** Problem codes that a text throws by itself. */
const thrownIn = (text: string): string[] =>
  [...text.matchAll(/new Problem\('(\w+)'/g)].map(([, code = '']) => code)

const isCall = (text: string): boolean => text.includes("path: '/auth/")

/** The code of a call: its own declaration and those around it, other calls excepted. */
const sourceOf = ({ method, path }: Call): string | undefined => {
  const isIt = (text: string) => text.includes(`path: '${path}'`) && text.includes(`method: '${method}'`)
  return sources
    .find((declarations) => declarations.some(isIt))
    ?.filter((text) => isIt(text) || !isCall(text))
    .join('')
}

/** What calls share: the codes by the name of the function. */
const shared = new Map(
  sources
    .flat()
    .filter((text) => text.startsWith('export const ') && !isCall(text))
    .map((text) => [/^export const (\w+)/.exec(text)?.[1] ?? '', thrownIn(text)]),
)

it('has every problem that the code of a call throws', () => {
  const undocumented = calls.flatMap((call) => {
    const source = sourceOf(call) ?? ''
    const used = [...shared].flatMap(([name, codes]) => (source.includes(`${name}(`) ? codes : []))
    const told = Object.values(codesOf(call.operation)).flat()
    const missing = [...thrownIn(source), ...used].filter((code) => !told.includes(code))
    return [...(source === '' ? ['no source'] : []), ...missing].map(
      (what) => `${call.method} ${call.path}: ${what}`,
    )
  })
  expect(shared.size).toBeGreaterThan(2)
  expect(undocumented).toEqual([])
})

describe('the page about it', () => {
  it.each(['en', 'ru'])(
    'tells every call, member and problem in a page without a script, in %s',
    async (language) => {
      const answer = await fetch(`${server.issuer}/auth/docs`, { headers: { 'accept-language': language } })
      const html = await answer.text()
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
      expect(html).toContain(`<html lang="${language}"`)
      expect(html).not.toContain('<script')
      for (const { method, path, operation } of calls) {
        expect(html).toContain(`<code>${method} ${path}</code>`)
        for (const code of Object.values(codesOf(operation)).flat())
          expect(html).toContain(`href="#problem-${code}"`)
      }
      for (const [, target = ''] of html.matchAll(/href="#([\w-]+)"/g))
        expect(html).toContain(`id="${target}"`)
    },
  )

  it('is named where the server tells what it is', async () => {
    const html = await (await fetch(server.issuer)).text()
    expect(html).toContain(`href="${server.issuer}/auth/docs"`)
    expect(html).toContain(`href="${server.issuer}/auth/openapi.json"`)
  })

  it('has one address', async () => {
    for (const path of ['/auth/docs/', '/auth/Docs', '/auth/docs%2f', '/auth/docs;x'])
      expect([path, (await fetch(server.issuer + path)).status]).toEqual([path, 404])
    expect((await fetch(`${server.issuer}/auth/docs`, { method: 'POST' })).status).toBe(405)
  })
})

it('is gone with the API, and so is the page', async () => {
  const without = await startSubject({ env: { AUTH_API: 'off' } })
  for (const path of ['/auth/openapi.json', '/auth/docs', '/auth/login'])
    expect([path, (await fetch(without.issuer + path)).status]).toEqual([path, 404])
  expect(await (await fetch(without.issuer)).text()).not.toContain('/auth/')
  await without.stop()
})
