import { z } from 'zod'
import { curlExample } from './curl.ts'
import type { RestAnswer, RestLocals, RestOperation } from './locals.ts'
import { membersOf, Schema } from './schema-members.ts'

const Content = z.record(z.string(), z.object({ schema: Schema }))

const Answer = z.object({ description: z.string(), content: Content.optional() })
type Answer = z.output<typeof Answer>

const Call = z.object({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.object({ name: z.string(), schema: Schema })).default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), Answer),
})
type Call = z.output<typeof Call>

/** The parts of the OpenAPI document of the REST API that the page shows. */
const RestDocument = z.object({
  servers: z.tuple([z.object({ url: z.string() })]),
  paths: z.record(z.string(), z.record(z.string(), Call)),
  components: z.object({
    schemas: z.object({
      ProblemCode: z.object({ oneOf: z.array(z.object({ const: z.string(), title: z.string() })) }),
    }),
  }),
})

const JSON_TYPE = 'application/json'
const PROBLEM_TYPE = 'application/problem+json'

/** A problem is the common schema, its codes, and what these codes bring. */
const problemsIn = (schema: Schema): RestAnswer['problems'] =>
  (schema.oneOf ?? [schema]).flatMap(({ allOf = [] }) => {
    const codes = allOf.flatMap(({ properties }) => properties?.code?.enum ?? [])
    const members = allOf.flatMap((part) => membersOf(part)).filter(({ name }) => name !== 'code')
    return codes.map((code) => ({ code: String(code), members }))
  })

const answerView = ([status, { description, content }]: [string, Answer]): RestAnswer => {
  const problem = content?.[PROBLEM_TYPE]?.schema
  const body = content?.[JSON_TYPE]?.schema
  return {
    status,
    description: problem ? undefined : description,
    members: body ? membersOf(body) : [],
    problems: problem ? problemsIn(problem) : [],
  }
}

const codesOf = ({ answers }: RestOperation): string[] =>
  answers.flatMap(({ problems }) => problems.map(({ code }) => code))

const sharedBy = (operations: readonly RestOperation[]): string[] => {
  const [first, ...rest] = operations.map(codesOf)
  return (first ?? []).filter((code) => rest.every((codes) => codes.includes(code)))
}

/** Leaves out what is said once for all; an answer with nothing left is gone. */
const without = (codes: readonly string[], operation: RestOperation): RestOperation => ({
  ...operation,
  answers: operation.answers
    .map((answer) => ({ ...answer, problems: answer.problems.filter(({ code }) => !codes.includes(code)) }))
    .filter(({ description, problems }) => description !== undefined || problems.length > 0),
})

const tokenOf = ({ security }: Call): RestOperation['token'] => {
  const first = security[0]
  if (!first) return 'none'
  return Object.keys(first).length === 0 ? 'optional' : 'required'
}

const operationView = (url: string, path: string, method: string, call: Call): RestOperation => {
  const body = call.requestBody?.content[JSON_TYPE]?.schema
  const members = body && membersOf(body)
  const token = tokenOf(call)
  return {
    id: call.operationId,
    method: method.toUpperCase(),
    path,
    summary: call.summary,
    token,
    parameters: call.parameters.flatMap(({ name, schema }) =>
      membersOf({ properties: { [name]: schema }, required: [name] }),
    ),
    body: members ?? [],
    answers: Object.entries(call.responses).map(answerView),
    curl: curlExample({
      method: method.toUpperCase(),
      url: url + path,
      hasToken: token === 'required',
      members,
    }),
  }
}

/**
 * What the page shows of the REST API.
 *
 * @param document OpenAPI 3.1, as it is served
 */
export const restView = (document: unknown): RestLocals['rest-docs'] => {
  const { servers, paths, components } = RestDocument.parse(document)
  const [{ url }] = servers
  const operations = Object.entries(paths).flatMap(([path, calls]) =>
    Object.entries(calls).map(([method, call]) => operationView(url, path, method, call)),
  )
  const ofAll = sharedBy(operations)
  const withBody = sharedBy(operations.filter(({ body }) => body.length > 0))
  return {
    url,
    operations: operations.map((operation) =>
      without(operation.body.length > 0 ? withBody : ofAll, operation),
    ),
    common: { ofAll, ofBodies: withBody.filter((code) => !ofAll.includes(code)) },
    problems: components.schemas.ProblemCode.oneOf.map(({ const: code, title }) => ({ code, title })),
  }
}
