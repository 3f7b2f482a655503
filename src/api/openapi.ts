import { hoisted } from './openapi/definitions.ts'
import { parametersMember, security } from './openapi/parameters.ts'
import { codesOf, problemAnswers, problemBody } from './openapi/problems.ts'
import { schemaOf } from './openapi/schema.ts'
import { type Operation, type Success, successesOf } from './operation.ts'
import { parametersOf } from './paths.ts'
import { problems } from './problem.ts'

const mediaTypeOf = ({ isLines = false }: Pick<Operation, 'isLines'>): string =>
  isLines ? 'application/x-ndjson' : 'application/json'

const SUCCESS_HEADERS = {
  ETag: { description: 'RFC 9110 §8.8.3: of the present state; strong', schema: { type: 'string' } },
  Link: { description: 'RFC 8288: `rel="next"` where there is more', schema: { type: 'string' } },
  Location: { description: 'Where it is', schema: { type: 'string' } },
}

const successAnswer = ({ description, schema, headers }: Success, mediaType: string) => ({
  description,
  ...(headers ? { headers: Object.fromEntries(headers.map((name) => [name, SUCCESS_HEADERS[name]])) } : {}),
  ...(schema ? { content: { [mediaType]: { schema: schemaOf(schema, 'output') } } } : {}),
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

const described = (operation: Operation) => ({
  operationId: operationId(operation),
  summary: operation.summary,
  security: security(operation),
  ...parametersMember(operation),
  ...(operation.body
    ? {
        requestBody: {
          required: true,
          content: { [mediaTypeOf(operation)]: { schema: schemaOf(operation.body, 'input') } },
        },
      }
    : {}),
  responses: Object.fromEntries([
    ...successesOf(operation).map((success) => [
      String(success.status),
      successAnswer(success, mediaTypeOf(operation)),
    ]),
    ...problemAnswers(operation),
  ]),
})

const pathsOf = (operations: readonly Operation[]) =>
  Object.fromEntries(
    [...Map.groupBy(operations, ({ path }) => path)].map(([path, there]) => [
      path,
      Object.fromEntries(there.map((operation) => [operation.method.toLowerCase(), described(operation)])),
    ]),
  )

const ABOUT_AUTH = 'Accounts and sign-in for first-party services.'

/**
 * The OpenAPI 3.1 document of the operations, made from the schemas that they parse and answer by.
 *
 * @param options.about a sentence that says what they are for
 */
export const openApi = (
  operations: readonly Operation[],
  { issuer, about = ABOUT_AUTH }: { issuer: string; about?: string | undefined },
) => {
  const { value: paths, definitions } = hoisted(pathsOf(operations))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse',
      version: '1',
      description: `${about} Errors are problem details (RFC 9457) with a stable \`code\`.`,
    },
    servers: [{ url: issuer }],
    paths,
    components: {
      schemas: {
        Problem: problemBody(),
        ...definitions,
        ProblemCode: {
          oneOf: codesOf(operations).map((code) => ({ const: code, title: problems[code][1] })),
        },
      },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}
