import { z } from 'zod'
import type { Given } from '../domain/access/inquiry.ts'
import { optional, text } from './input.ts'

/** Characters; longer than any id or name that there can be. */
const LONGEST = 1024

const Name = text(LONGEST)

type Scalar = string | number | boolean

/** A google.protobuf.Value as far as conditions can read it. */
const Scalar = z
  .union([
    z.object({ stringValue: z.string() }),
    z.object({ numberValue: z.number() }),
    z.object({ boolValue: z.boolean() }),
  ])
  .transform((value): Scalar => {
    if ('stringValue' in value) return value.stringValue
    return 'numberValue' in value ? value.numberValue : value.boolValue
  })

const List = z
  .object({ listValue: z.object({ values: z.array(Scalar) }) })
  .transform(({ listValue }) => listValue.values)

/** Undefined: an object, null, or a list that holds one, which no condition can read. */
const Readable = z.union([Scalar, List]).optional().catch(undefined)

/** A google.protobuf.Struct; one that was not sent is empty. */
export const Attributes = z
  .object({ fields: z.record(z.string(), Readable) })
  .transform(
    ({ fields }): Given =>
      Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  )

const Properties = Attributes.nullable().transform((given): Given => given ?? {})

export const EntityInput = z.object({ type: Name, id: Name, properties: Properties })

export const ActionInput = z.object({ name: Name })

/** The members of an evaluation, none of which has to be there. */
export const EvaluationInput = z.object({
  subject: optional(EntityInput),
  action: optional(ActionInput),
  resource: optional(EntityInput),
  context: optional(Attributes),
})
export type EvaluationInput = z.output<typeof EvaluationInput>
