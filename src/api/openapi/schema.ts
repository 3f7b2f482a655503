import { z } from 'zod'

/** JSON Schema (2020-12) of what a schema takes, or gives. */
export const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
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
