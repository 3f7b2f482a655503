import { z } from 'zod'
import { type Operation, type Success, successesOf } from './operation.ts'
import { parametersOf } from './paths.ts'
import { type ProblemCode, problemCodes, problems } from './problem.ts'

const ProblemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  request_id: z.string(),
  errors: z
    .array(z.object({ field: z.string(), code: z.string(), wanted: z.string().optional() }))
    .optional(),
})

/** Any operation may end so. */
const COMMON: readonly ProblemCode[] = ['busy', 'store_unavailable', 'internal']
/** Of paths and methods that no operation has. */
const OF_ANY_PATH: readonly ProblemCode[] = ['not_found', 'method_not_allowed']
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

const SUCCESS_HEADERS = {
  ETag: { description: 'RFC 9110 §8.8.3: of the present state; strong', schema: { type: 'string' } },
  Link: { description: 'RFC 8288: `rel="next"` where there is more', schema: { type: 'string' } },
  Location: { description: 'Where it is', schema: { type: 'string' } },
}

const successAnswer = ({ description, schema, headers }: Success) => ({
  description,
  ...(headers ? { headers: Object.fromEntries(headers.map((name) => [name, SUCCESS_HEADERS[name]])) } : {}),
  ...(schema ? { content: { 'application/json': { schema: schemaOf(schema, 'output') } } } : {}),
})

/**
 * `POST /auth/login/mfa` is `loginMfa`, `DELETE /auth/sessions/{id}` is `deleteSessionsById`; below `/admin/` reading and
 * making stand at one path, so each has its verb.
 */
const operationId = ({ method, path }: Operation): string => {
  const words = path.split('/').filter((part) => part !== '' && !part.startsWith('{'))
  const isPlain = !path.startsWith('/admin/') && (method === 'GET' || method === 'POST')
  const verb = isPlain ? [] : [method.toLowerCase()]
  const names = parametersOf(path).flatMap((name) => ['by', name])
  const [first = '', ...rest] = [...verb, ...words.slice(1), ...names]
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

const parameters = ({ path, params, query, headers = {} }: Operation) => {
  const { properties: ofPath = {} } = params ? schemaOf(params, 'input') : {}
  const { properties: ofQuery = {}, required = [] } = query ? schemaOf(query, 'input') : {}
  return [
    ...parametersOf(path).map((name) => ({ name, in: 'path', required: true, schema: ofPath[name] })),
    ...Object.entries(ofQuery).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
    })),
    ...Object.entries(headers).map(([name, { schema, required: isRequired }]) => ({
      name,
      in: 'header',
      required: isRequired,
      schema: schemaOf(schema, 'input'),
    })),
  ]
}

/** OpenAPI 3.1.1 §4.8.30: what the token must have, by its name as a role. */
const security = ({ needsToken, scope }: Operation) => {
  const bearer = { bearer: scope === undefined ? [] : [scope] }
  return { true: [bearer], optional: [{}, bearer], false: [] }[`${needsToken}`]
}

const parametersMember = (operation: Operation) => {
  const all = parameters(operation)
  return all.length > 0 ? { parameters: all } : {}
}

const described = (operation: Operation) => ({
  operationId: operationId(operation),
  summary: operation.summary,
  security: security(operation),
  ...parametersMember(operation),
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

/** The problems of these operations, in the order of the catalogue. */
const codesOf = (operations: readonly Operation[]): ProblemCode[] => {
  const used = new Set(operations.flatMap(problemsOf))
  return problemCodes.filter((code) => used.has(code) || OF_ANY_PATH.includes(code))
}

const ABOUT_AUTH = 'Accounts and sign-in for first-party services.'

/**
 * The OpenAPI 3.1 document of the operations, made from the schemas that they parse and answer by.
 *
 * @param options.about a sentence that says what they are for
 */
export const openApi = (
  operations: readonly Operation[],
  { issuer, about = ABOUT_AUTH }: { issuer: string; about?: string | undefined },
) => ({
  openapi: '3.1.0',
  info: {
    title: 'Gatehouse',
    version: '1',
    description: `${about} Errors are problem details (RFC 9457) with a stable \`code\`.`,
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
        oneOf: codesOf(operations).map((code) => ({ const: code, title: problems[code][1] })),
      },
    },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  },
})
