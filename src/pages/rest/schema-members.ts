import { z } from 'zod'

/** What the page shows of a JSON Schema. */
export interface Schema {
  type?: string | undefined
  const?: unknown
  enum?: unknown[] | undefined
  items?: Schema | undefined
  properties?: Record<string, Schema> | undefined
  required?: string[] | undefined
  additionalProperties?: boolean | Schema | undefined
  anyOf?: Schema[] | undefined
  oneOf?: Schema[] | undefined
  allOf?: Schema[] | undefined
  minLength?: number | undefined
  maxLength?: number | undefined
  minimum?: number | undefined
  maximum?: number | undefined
  description?: string | undefined
}

export const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    items: Schema.optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), Schema]).optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    allOf: z.array(Schema).optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    description: z.string().optional(),
  }),
)

export interface Member {
  /** With those above it, such as `sessions[].device.name`. */
  name: string
  /** Such as `string, ≤ 1000`. */
  type: string
  isRequired: boolean
  description: string | undefined
}

const boundsOf = ({ minLength, maxLength, minimum, maximum }: Schema): string => {
  const [least, most] = [minLength ?? minimum, maxLength ?? maximum]
  if (least !== undefined && most !== undefined) return `, ${least}–${most}`
  if (least !== undefined) return `, ≥ ${least}`
  return most === undefined ? '' : `, ≤ ${most}`
}

const alternativesOf = ({ anyOf, oneOf }: Schema): readonly Schema[] => anyOf ?? oneOf ?? []

/** A type in a few characters, as TypeScript would say it, with the bounds of its value. */
export const typeOf = (schema: Schema): string => {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = alternativesOf(schema)
  if (alternatives.length > 0) return alternatives.map(typeOf).join(' | ')
  if (schema.items) {
    const type = typeOf(schema.items)
    return type.includes(' ') ? `(${type})[]` : `${type}[]`
  }
  const { additionalProperties: values } = schema
  if (typeof values === 'object') return `{ [name]: ${typeOf(values)} }`
  return (schema.type ?? 'any') + boundsOf(schema)
}

/** The members of an object and of those in it, each with its whole name. */
export const membersOf = (schema: Schema, above = ''): Member[] => {
  const parts = [...(schema.allOf ?? []), ...alternativesOf(schema)]
  const required = new Set(schema.required)
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]): Member[] => {
    const name = above + key
    const { description } = value
    return [
      { name, type: typeOf(value), isRequired: required.has(key), description },
      ...membersOf(value, `${name}.`),
      ...(value.items ? membersOf(value.items, `${name}[].`) : []),
    ]
  })
  const seen = new Map(
    [...parts.flatMap((part) => membersOf(part, above)), ...own].map((one) => [one.name, one]),
  )
  return [...seen.values()]
}
