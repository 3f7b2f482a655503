import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// Types of the REST API for `examples/first-party-service`, made from the document that a server serves:
//   node scripts/auth-client-types.ts http://localhost:3000

interface Schema {
  $ref?: string
  type?: string
  const?: unknown
  enum?: unknown[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

interface Operation {
  operationId: string
  summary: string
  security: Record<string, string[]>[]
  parameters?: { name: string; schema: Schema }[]
  requestBody?: Content
  responses: Record<string, Content>
}

export interface RestDocument {
  paths: Record<string, Record<string, Operation>>
}

const quoted = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value)

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ')

const PRIMITIVES: Record<string, string> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** A JSON Schema as a type. */
const typeOf = (schema: Schema): string => {
  if (schema.const !== undefined) return quoted(schema.const)
  if (schema.enum) return union(schema.enum.map(quoted))
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return union(alternatives.map(typeOf))
  if (schema.items) {
    const item = typeOf(schema.items)
    return item.includes(' ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`
  }
  if (typeof schema.additionalProperties === 'object')
    return `Record<string, ${typeOf(schema.additionalProperties)}>`
  if (schema.properties) return objectOf(schema.properties, schema.required)
  return PRIMITIVES[schema.type ?? ''] ?? 'unknown'
}

const objectOf = (properties: Record<string, Schema>, required: readonly string[] = []): string => {
  const members = Object.entries(properties).map(
    ([name, schema]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`
}

const bodyOf = ({ content }: Content, type: string): Schema | undefined => content?.[type]?.schema

interface Kind {
  codes: unknown[]
  /** What these codes bring beside the common members. */
  extension: Schema | undefined
}

const kindsOf = (schema: Schema): Kind[] =>
  (schema.oneOf ?? [schema]).map(({ allOf = [] }) => ({
    codes: allOf.flatMap(({ properties }) => properties?.code?.enum ?? []),
    extension: allOf.find(({ properties }) => properties && !('code' in properties)),
  }))

const problemType = (schemas: readonly Schema[]): string => {
  const kinds = schemas.flatMap(kindsOf)
  const plain = kinds.filter(({ extension }) => !extension).flatMap(({ codes }) => codes)
  return [{ codes: plain, extension: undefined }, ...kinds.filter(({ extension }) => extension)]
    .map(({ codes, extension = {} }) =>
      objectOf({ code: { enum: codes }, ...extension.properties }, ['code', ...(extension.required ?? [])]),
    )
    .join(' | ')
}

const operationType = (operation: Operation): string => {
  const { summary, parameters = [], requestBody, responses } = operation
  const answers = Object.entries(responses)
  const successes = answers
    .filter(([status]) => status.startsWith('2'))
    .map(([, answer]) => bodyOf(answer, 'application/json'))
  const problems = answers.flatMap(([, answer]) => bodyOf(answer, 'application/problem+json') ?? [])
  const body = requestBody && bodyOf(requestBody, 'application/json')
  const params = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]))
  return [
    `  /** ${summary} */`,
    `  ${operation.operationId}: {`,
    `    params: ${parameters.length === 0 ? 'undefined' : objectOf(params, Object.keys(params))}`,
    `    body: ${body ? typeOf(body) : 'undefined'}`,
    `    success: ${union(successes.map((schema) => (schema ? typeOf(schema) : 'undefined')))}`,
    `    problem: ${problemType(problems)}`,
    '  }',
  ].join('\n')
}

const tokenOf = ({ security }: Operation): string => {
  if (security.length === 0) return 'none'
  return security.some((one) => Object.keys(one).length === 0) ? 'optional' : 'required'
}

const FILE = new URL('../examples/first-party-service/auth-api.ts', import.meta.url)
const BIOME = new URL('../node_modules/.bin/biome', import.meta.url)

const formatted = (source: string): string =>
  execFileSync(fileURLToPath(BIOME), ['format', '--stdin-file-path', fileURLToPath(FILE)], {
    input: source,
    encoding: 'utf8',
  })

/** Source text of `auth-api.ts`. */
export const authApiTypes = ({ paths }: RestDocument): string => {
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const source = [
    '// Made by scripts/auth-client-types.ts from the OpenAPI document of a server; not to be edited.',
    '',
    '/** What each call takes and answers, by its `operationId`. */',
    'export interface Operations {',
    ...calls.map(({ operation }) => operationType(operation)),
    '}',
    '',
    'export const calls = {',
    ...calls.map(
      ({ path, method, operation }) =>
        `  ${operation.operationId}: { method: '${method}', path: '${path}', token: '${tokenOf(operation)}' },`,
    ),
    '} as const',
    '',
  ].join('\n')
  return formatted(source)
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [issuer = 'http://localhost:3000'] = positionals
  const answer = await fetch(`${issuer}/auth/openapi.json`)
  const document: RestDocument = JSON.parse(await answer.text())
  writeFileSync(FILE, authApiTypes(document))
}
