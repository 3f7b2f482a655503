import type { Operation } from '../operation.ts'
import { parametersOf } from '../paths.ts'
import { schemaOf } from './schema.ts'

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
export const security = ({ needsToken, scope }: Operation) => {
  const bearer = { bearer: scope === undefined ? [] : [scope] }
  return { true: [bearer], optional: [{}, bearer], false: [] }[`${needsToken}`]
}

/** The member `parameters`, where there are any: of the path, of the query, headers. */
export const parametersMember = (operation: Operation) => {
  const all = parameters(operation)
  return all.length > 0 ? { parameters: all } : {}
}
