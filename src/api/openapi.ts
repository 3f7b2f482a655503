import { z } from 'zod'
import { type Operation, type Success, successesOf } from './operation.ts'
import { parametersOf } from './paths.ts'
import { type ProblemCode, problems } from './problem.ts'

const ProblemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ field: z.string(), code: z.string() })).optional(),
})

/** Any operation may end so. */
const COMMON: readonly ProblemCode[] = ['busy', 'store_unavailable', 'internal']
const OF_A_BODY: readonly ProblemCode[] = ['bad_request', 'unsupported_media_type', 'too_large']

/** Every problem that an operation may answer. */
export const problemsOf = ({ path, body, needsToken, problems: own }: Operation): ProblemCode[] => [
  ...new Set([
    ...(parametersOf(path).length > 0 ? (['not_found'] as const) : []),
    ...(body ? OF_A_BODY : []),
    ...(needsToken ? (['invalid_token'] as const) : []),
    ...own,
    ...COMMON,
  ]),
]

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // An answer may get more members, and a problem has those of its code.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      // Bounds of every whole number in JavaScript say nothing.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return rest
}

const problem = () => {
  const { properties, ...rest } = schemaOf(ProblemBody, 'output')
  return { ...rest, properties: { ...properties, code: { $ref: '#/components/schemas/ProblemCode' } } }
}

const HEADERS: Partial<Record<number, Record<string, object>>> = {
  401: { 'WWW-Authenticate': { description: 'RFC 6750 §3', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
  503: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
}

/** A problem with its code, and the members that it has there beside the standard ones. */
const problemSchema = (codes: readonly ProblemCode[], extension?: z.ZodObject) => ({
  allOf: [
    { $ref: '#/components/schemas/Problem' },
    { type: 'object', properties: { code: { enum: codes } } },
    ...(extension ? [schemaOf(extension, 'output')] : []),
  ],
})

const problemAnswers = (operation: Operation) => {
  const extensionOf = (code: ProblemCode) => operation.extensions?.[code]
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problems[code][0])
  return [...byStatus].map(([status, codes]) => {
    const plain = codes.filter((code) => !extensionOf(code))
    const schemas = [
      ...(plain.length > 0 ? [problemSchema(plain)] : []),
      ...codes.filter(extensionOf).map((code) => problemSchema([code], extensionOf(code))),
    ]
    const answer = {
      description: codes.map((code) => `\`${code}\`: ${problems[code][1]}`).join('; '),
      ...(HEADERS[status] ? { headers: HEADERS[status] } : {}),
      content: {
        'application/problem+json': { schema: schemas.length > 1 ? { oneOf: schemas } : schemas[0] },
      },
    }
    return [String(status), answer]
  })
}

const successAnswer = ({ description, schema }: Success) => ({
  description,
  ...(schema ? { content: { 'application/json': { schema: schemaOf(schema, 'output') } } } : {}),
})

/** `POST /auth/login/mfa` is `loginMfa`, `DELETE /auth/sessions/{id}` is `deleteSessionsById`. */
const operationId = ({ method, path }: Operation): string => {
  const words = path.split('/').filter((part) => part !== '' && !part.startsWith('{'))
  const verb = method === 'GET' || method === 'POST' ? [] : [method.toLowerCase()]
  const names = parametersOf(path).flatMap((name) => ['by', name])
  const [first = '', ...rest] = [...verb, ...words.slice(1), ...names]
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

const parameters = ({ path, params }: Operation) => {
  const { properties = {} } = params ? schemaOf(params, 'input') : {}
  return parametersOf(path).map((name) => ({ name, in: 'path', required: true, schema: properties[name] }))
}

const SECURITY = { true: [{ bearer: [] }], optional: [{}, { bearer: [] }], false: [] }

const described = (operation: Operation) => ({
  operationId: operationId(operation),
  summary: operation.summary,
  security: SECURITY[`${operation.needsToken}`],
  ...(operation.params ? { parameters: parameters(operation) } : {}),
  ...(operation.body
    ? {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: schemaOf(operation.body, 'input') } },
        },
      }
    : {}),
  responses: Object.fromEntries([
    ...successesOf(operation).map((success) => [String(success.status), successAnswer(success)]),
    ...problemAnswers(operation),
  ]),
})

/** The OpenAPI 3.1 document of the operations, made from the schemas that they parse and answer by. */
export const openApi = (operations: readonly Operation[], { issuer }: { issuer: string }) => ({
  openapi: '3.1.0',
  info: {
    title: 'Gatehouse',
    version: '1',
    description:
      'Accounts and sign-in for first-party services. Errors are problem details (RFC 9457) with a stable `code`.',
  },
  servers: [{ url: issuer }],
  paths: Object.fromEntries(
    [...Map.groupBy(operations, ({ path }) => path)].map(([path, there]) => [
      path,
      Object.fromEntries(there.map((operation) => [operation.method.toLowerCase(), described(operation)])),
    ]),
  ),
  components: {
    schemas: {
      Problem: problem(),
      ProblemCode: {
        oneOf: Object.entries(problems).map(([code, [, title]]) => ({ const: code, title })),
      },
    },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  },
})
