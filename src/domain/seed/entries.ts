import { z } from 'zod'
import { type Fault, parsePart, within } from '../clients/faults.ts'

/** One entry of a section, with its place. */
export interface Entry<Value> {
  path: readonly PropertyKey[]
  value: Value
}

/** A section of the document. */
export interface Section<Value> {
  entries: Entry<Value>[]
  faults: Fault[]
  /** Names of entries with faults: what refers to one of them is not at fault for that. */
  unsure: ReadonlySet<string>
}

/**
 * Parses each entry by itself.
 *
 * @param name member by which others refer to an entry
 */
export const parseSection = <Schema extends z.ZodType>(
  section: string,
  schema: Schema,
  inputs: readonly unknown[],
  name: string,
): Section<z.output<Schema>> => {
  const Named = z.looseObject({ [name]: z.string() })
  const entries: Entry<z.output<Schema>>[] = []
  const faults: Fault[] = []
  const unsure = new Set<string>()
  inputs.forEach((input, index) => {
    const path = [section, index]
    const parsed = parsePart(schema, input)
    if (parsed.kind === 'parsed') {
      entries.push({ path, value: parsed.value })
      return
    }
    faults.push(...within(path, parsed.faults))
    const named = Named.safeParse(input)
    if (named.success) unsure.add(String(named.data[name]))
  })
  return { entries, faults, unsure }
}

/** Entries that say what another one before them says already. */
export const repetitions = <Value>(
  entries: readonly Entry<Value>[],
  member: string,
  idOf: (value: Value) => string | undefined,
): Fault[] => {
  const seen = new Set<string>()
  return entries.flatMap(({ path, value }) => {
    const id = idOf(value)
    if (id === undefined) return []
    if (seen.has(id)) return [{ path: [...path, member], wanted: 'wanted another one; this one comes twice' }]
    seen.add(id)
    return []
  })
}
