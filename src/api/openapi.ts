import { z } from 'zod'
import type { Operation } from './operation.ts'
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
export const problemsOf = ({ body, needsToken, problems: own }: Operation): ProblemCode[] => [
  ...new Set([
    ...(body ? OF_A_BODY : []),
    ...(needsToken ? (['invalid_token'] as const) : []),
    ...own,
    ...COMMON,
  ]),
]

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

const problemAnswers = (operation: Operation) => {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problems[code][0])
  return [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${problems[code][1]}`).join('; '),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [
              { $ref: '#/components/schemas/Problem' },
              { type: 'object', properties: { code: { enum: codes } } },
            ],
          },
        },
      },
    },
  ])
}

const successAnswer = ({ success: { description, schema } }: Operation) => ({
  description,
  ...(schema ? { content: { 'application/json': { schema: schemaOf(schema, 'output') } } } : {}),
})

const described = (operation: Operation) => ({
  operationId: operation.path.split('/').at(-1),
  summary: operation.summary,
  security: operation.needsToken ? [{ bearer: [] }] : [],
  ...(operation.body
    ? {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: schemaOf(operation.body, 'input') } },
        },
      }
    : {}),
  responses: {
    [operation.success.status]: successAnswer(operation),
    ...Object.fromEntries(problemAnswers(operation)),
  },
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
    schemas: { Problem: schemaOf(ProblemBody, 'output') },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  },
})
