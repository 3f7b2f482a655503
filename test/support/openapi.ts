import { z } from 'zod'

const JsonSchema = z.record(z.string(), z.unknown())
const Content = z.record(z.string().regex(/^[\w.+-]+\/[\w.+-]+$/), z.strictObject({ schema: JsonSchema }))

const Response = z.strictObject({
  description: z.string().min(1),
  headers: z
    .record(z.string(), z.strictObject({ description: z.string().optional(), schema: JsonSchema }))
    .optional(),
  content: Content.optional(),
})

const Operation = z.strictObject({
  operationId: z.string().regex(/^[a-z]\w*$/),
  summary: z.string().min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.strictObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        schema: JsonSchema,
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), Response),
})
export type Operation = z.output<typeof Operation>

/** The parts of OpenAPI 3.1 that our document has, and no other; each as the specification wants it. */
export const OpenApiDocument = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string().optional() }),
  servers: z.array(z.strictObject({ url: z.url() })).min(1),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), Operation),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), JsonSchema),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal('http'), scheme: z.literal('bearer'), bearerFormat: z.string() }),
    ),
  }),
})
export type OpenApiDocument = z.output<typeof OpenApiDocument>

export interface Call {
  method: string
  path: string
  operation: Operation
}

export const callsOf = ({ paths }: OpenApiDocument): Call[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )

const Codes = z.object({ properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }) })

const alternatives = (schema: Record<string, unknown>): unknown[] =>
  Array.isArray(schema.oneOf) ? schema.oneOf : [schema]

/** Problem codes of an operation, by status. */
export const codesOf = ({ responses }: Operation): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(responses).flatMap(([status, { content }]) => {
      const schema = content?.['application/problem+json']?.schema
      if (!schema) return []
      const parts = alternatives(schema).flatMap(
        (one) => z.object({ allOf: z.array(z.unknown()) }).parse(one).allOf,
      )
      const codes = parts.flatMap((part) => Codes.safeParse(part).data?.properties.code.enum ?? [])
      return [[status, codes]]
    }),
  )

const TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null']

/** What is wrong with a JSON Schema (2020-12), at any depth. */
const schemaFaults = (schema: unknown, at: string, known: ReadonlySet<string>): string[] => {
  if (typeof schema === 'boolean') return []
  const { data } = JsonSchema.safeParse(schema)
  if (!data) return [`${at}: no schema`]
  const under = (value: unknown): [string, unknown][] =>
    typeof value === 'object' && value !== null ? Object.entries(value) : []
  const properties = under(data.properties)
  const names = new Set(properties.map(([name]) => name))
  const required = z.array(z.string()).default([]).parse(data.required)
  const one = (key: string): [string, unknown][] => (data[key] === undefined ? [] : [[key, data[key]]])
  return [
    ...(data.type === undefined || TYPES.includes(String(data.type)) ? [] : [`${at}: type ${data.type}`]),
    ...(data.$ref === undefined || known.has(String(data.$ref)) ? [] : [`${at}: ${data.$ref} is nowhere`]),
    ...required.filter((name) => !names.has(name)).map((name) => `${at}: ${name} is required but not there`),
    ...(data.enum !== undefined && under(data.enum).length === 0 ? [`${at}: an empty enum`] : []),
    ...[
      ...properties,
      ...one('items'),
      ...one('additionalProperties'),
      ...one('propertyNames'),
      ...under(data.allOf),
      ...under(data.oneOf),
      ...under(data.anyOf),
    ].flatMap(([key, value]) => schemaFaults(value, `${at}.${key}`, known)),
  ]
}

/** Everything that makes a document of the right form no good all the same. */
export const openApiFaults = (document: OpenApiDocument): string[] => {
  const { schemas, securitySchemes } = document.components
  const known = new Set(Object.keys(schemas).map((name) => `#/components/schemas/${name}`))
  const calls = callsOf(document)
  const ids = calls.map(({ operation }) => operation.operationId)
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two operations are ${id}`),
    ...Object.entries(schemas).flatMap(([name, schema]) => schemaFaults(schema, name, known)),
    ...calls.flatMap(({ method, path, operation }) => {
      const at = `${method} ${path}`
      const { parameters = [], requestBody, responses, security } = operation
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).join()
      const bodies = [requestBody, ...Object.values(responses)].flatMap((one) =>
        Object.values(one?.content ?? {}),
      )
      return [
        ...(parameters
          .filter((one) => one.in === 'path' && one.required)
          .map(({ name }) => name)
          .join() === wanted
          ? []
          : [`${at}: parameters are not ${wanted}`]),
        ...(Object.keys(responses).some((status) => status.startsWith('2')) ? [] : [`${at}: no success`]),
        ...(method === 'GET' && requestBody ? [`${at}: a body`] : []),
        ...security
          .flatMap((one) => Object.keys(one))
          .filter((name) => !(name in securitySchemes))
          .map((name) => `${at}: the security scheme ${name} is nowhere`),
        ...[...parameters, ...bodies].flatMap(({ schema }) => schemaFaults(schema, at, known)),
      ]
    }),
  ]
}
