import { z } from 'zod'

const LONGEST_NAME = 64
const LONGEST_TEXT = 256
const MOST_VALUES = 100
const MOST_PARTS = 10
const MOST_NODES = 30

const Name = z
  .string()
  .regex(/^[A-Za-z_][\w.-]*$/, { error: 'wanted the name of a property' })
  .max(LONGEST_NAME)
const Scalar = z.union([z.string().max(LONGEST_TEXT), z.number(), z.boolean()])
const Value = z.union([Scalar, z.array(Scalar).max(MOST_VALUES)])

/** A scalar, or a list of them. */
export type Value = z.output<typeof Value>

/** Where a value comes from: a property of the subject, of the thing or of the context, or the condition itself. */
const Operand = z.union([
  z.strictObject({ subject: Name }),
  z.strictObject({ resource: Name }),
  z.strictObject({ context: Name }),
  z.strictObject({ value: Value }),
])
export type Operand = z.output<typeof Operand>

/**
 * When an assignment holds. A closed form without code: equality, membership, and their combinations.
 *
 * `{ "equal": [{ "resource": "owner" }, { "subject": "id" }] }`: the thing's owner is the subject.
 */
export type Condition =
  | { equal: [Operand, Operand] }
  /** The first is one of the second, a list. */
  | { in: [Operand, Operand] }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }

const Tree: z.ZodType<Condition> = z
  .lazy(() =>
    z.union([
      z.strictObject({ equal: z.tuple([Operand, Operand]) }),
      z.strictObject({ in: z.tuple([Operand, Operand]) }),
      z.strictObject({ all: z.array(Tree).min(1).max(MOST_PARTS) }),
      z.strictObject({ any: z.array(Tree).min(1).max(MOST_PARTS) }),
      z.strictObject({ not: Tree }),
    ]),
  )
  // Its name in schemas that are made from it.
  .meta({ id: 'Condition' })

/** Nodes of a tree that is not parsed yet: a deep one must not reach a recursive parser. */
const size = (value: unknown, most: number): number => {
  const open = [value]
  let count = 0
  for (let next = open.pop(); next !== undefined && count <= most; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    count += 1
    open.push(...Object.values(next))
  }
  return count
}

/** Every operand and list counts as well. */
const MOST_OBJECTS = MOST_NODES * 5

export const Condition: z.ZodType<Condition> = z
  .unknown()
  .refine((value) => size(value, MOST_OBJECTS) <= MOST_OBJECTS, {
    error: 'wanted a smaller condition',
    abort: true,
  })
  .pipe(Tree)

/** The properties that a question brings along. */
export interface Properties {
  subject: Readonly<Record<string, unknown>>
  resource: Readonly<Record<string, unknown>>
  context: Readonly<Record<string, unknown>>
}

/** `unknown`: a property that the condition turns on is missing or of another type. */
export type Truth = 'true' | 'false' | 'unknown'

/**
 * Evaluates in three values, so that what is not known never grants: neither a comparison nor its negation holds
 * for a property that is missing (strong Kleene logic).
 */
export const evaluate = (condition: Condition, properties: Properties): Truth => {
  if ('equal' in condition) return compare(condition.equal, properties, isSame)
  if ('in' in condition) return compare(condition.in, properties, isMember)
  if ('not' in condition) return negation[evaluate(condition.not, properties)]
  if ('all' in condition) return combined(condition.all, properties, 'false', 'true')
  return combined(condition.any, properties, 'true', 'false')
}

const negation = { true: 'false', false: 'true', unknown: 'unknown' } as const

/** `decisive` ends it; without one it is `unknown` if any part is, else `otherwise`. */
const combined = (
  parts: readonly Condition[],
  properties: Properties,
  decisive: Truth,
  otherwise: Truth,
): Truth => {
  const truths = parts.map((part) => evaluate(part, properties))
  if (truths.includes(decisive)) return decisive
  return truths.includes('unknown') ? 'unknown' : otherwise
}

const compare = (
  [left, right]: readonly [Operand, Operand],
  properties: Properties,
  holds: (left: Value, right: Value) => boolean | undefined,
): Truth => {
  const [one, other] = [read(left, properties), read(right, properties)]
  const truth = one === undefined || other === undefined ? undefined : holds(one, other)
  return truth === undefined ? 'unknown' : truth ? 'true' : 'false'
}

const read = (operand: Operand, { subject, resource, context }: Properties): Value | undefined => {
  if ('value' in operand) return operand.value
  if ('subject' in operand) return property(subject, operand.subject)
  if ('resource' in operand) return property(resource, operand.resource)
  return property(context, operand.context)
}

const property = (properties: Readonly<Record<string, unknown>>, name: string): Value | undefined => {
  if (!Object.hasOwn(properties, name)) return undefined
  const value = properties[name]
  if (isScalar(value)) return value
  return Array.isArray(value) && value.every(isScalar) ? value : undefined
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

/** Lists are compared by no order that both sides could agree on: they are not equal to anything. */
const isSame = (left: Value, right: Value): boolean | undefined =>
  Array.isArray(left) || Array.isArray(right) ? undefined : left === right

const isMember = (left: Value, right: Value): boolean | undefined =>
  Array.isArray(left) || !Array.isArray(right) ? undefined : right.includes(left)
