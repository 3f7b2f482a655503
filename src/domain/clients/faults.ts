import type { z } from 'zod'

/** What is wrong with a part of a document that an operator wrote. */
export interface Fault {
  path: readonly PropertyKey[]
  /** What is wanted instead; never repeats a secret. */
  wanted: string
}

/** `clients[2].permissions["https://orders.example/api"][0]` */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      return /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
    })
    .join('')
    .replace(/^\./, '')

/** A fault as a line for the operator. */
export const faultText = ({ path, wanted }: Fault): string =>
  path.length === 0 ? wanted : `${pathText(path)}: ${wanted}`

/** The same faults, as those of a part of a larger document. */
export const within = (path: readonly PropertyKey[], faults: readonly Fault[]): Fault[] =>
  faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] }))

export type Parsed<Value> = { kind: 'parsed'; value: Value } | { kind: 'faults'; faults: Fault[] }

/** Parses a part of a document, and says of every fault what is wanted. */
export const parsePart = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): Parsed<z.output<Schema>> => {
  const parsed = schema.safeParse(input, { error: wording })
  if (parsed.success) return { kind: 'parsed', value: parsed.data }
  return { kind: 'faults', faults: parsed.error.issues.flatMap(faultsOf) }
}

const faultsOf = (issue: z.core.$ZodIssue): Fault[] => {
  const { path } = issue
  if (issue.code !== 'unrecognized_keys') return [{ path, wanted: issue.message }]
  return issue.keys.map((key) => ({
    path: [...path, key],
    wanted: 'unknown member; wanted none of this name',
  }))
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  number: 'a number',
}

const wording = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = kinds[issue.expected] ?? issue.expected
      return issue.input === undefined ? `missing; wanted ${kind}` : `wanted ${kind}`
    }
    case 'invalid_value':
      return `wanted ${issue.values.map(String).join(' or ')}`
    default:
      return undefined
  }
}
