import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { parametersOf } from '../paths.ts'
import { type ProblemCode, problemCodes, problems } from '../problem.ts'
import { schemaOf } from './schema.ts'

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

/** The problems of these operations, in the order of the catalogue. */
export const codesOf = (operations: readonly Operation[]): ProblemCode[] => {
  const used = new Set(operations.flatMap(problemsOf))
  return problemCodes.filter((code) => used.has(code) || OF_ANY_PATH.includes(code))
}

/** The schema of every problem. */
export const problemBody = () => {
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

/** Status -> answer, for every problem of an operation. */
export const problemAnswers = (operation: Operation) => {
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
