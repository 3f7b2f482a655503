import { isDeepStrictEqual } from 'node:util'
import { refuse } from '../../errors.ts'
import type { DocumentStore, JsonObject } from '../ports.ts'

export interface DocumentParts<Value> {
  documents: DocumentStore
  name: string
  /** @throws if the stored value is not one */
  parse: (value: unknown) => Value
  /** What holds as long as nothing is stored. */
  initial: Value
}

export interface Versioned<Value> {
  value: Value
  /** 0: not stored. */
  version: number
}

/** @throws the refusals `store_unavailable`, or `internal` for a value that cannot be parsed */
export const readDocument = async <Value>(parts: DocumentParts<Value>): Promise<Versioned<Value>> => {
  const stored = await parts.documents.read(parts.name)
  if (!stored) return { value: parts.initial, version: 0 }
  try {
    return { value: parts.parse(stored.value), version: stored.version }
  } catch (cause) {
    throw refuse('internal', { cause })
  }
}

/**
 * Changes a document by compare-and-set, and resolves with what it is then. The edit runs again when somebody else got
 * through first; an equal value is not written.
 *
 * @throws like `readDocument`, and what the edit throws
 */
export const changeDocument = async <Value extends JsonObject>(
  parts: DocumentParts<Value>,
  edit: (present: Value) => Value | Promise<Value>,
): Promise<Versioned<Value>> => {
  // Each refused write means that somebody else got through, so this ends.
  for (;;) {
    const present = await readDocument(parts)
    const value = await edit(present.value)
    if (isDeepStrictEqual(value, present.value)) return present
    if (await parts.documents.write(parts.name, value, present.version))
      return { value, version: present.version + 1 }
  }
}
