import type { JsonObject, Store } from '../ports.ts'
import { changeDocument, type DocumentParts, readDocument, type Versioned } from './document.ts'

export interface LiveDocumentParts<Value> extends DocumentParts<Value> {
  onChange: Store['onChange']
}

/** A document of the store, in memory. */
export interface LiveDocument<Value> {
  /** What was read last; a moment behind after a change by another process. */
  peek(): Value
  /** The present value: from memory as long as no change was noticed, else from the store, or it rejects. */
  read(): Promise<Value>
  /** See `changeDocument`. */
  change(edit: (present: Value) => Value | Promise<Value>): Promise<Value>
}

/**
 * Keeps one versioned document in memory. After the notice of a change nobody is answered from the former value: a
 * permission taken away while the store is out of reach must end in 503, not in a token.
 *
 * @throws the refusals `store_unavailable`, or `internal` for a value that cannot be parsed
 */
export const liveDocument = async <Value extends JsonObject>(
  parts: LiveDocumentParts<Value>,
): Promise<LiveDocument<Value>> => {
  let held: Versioned<Value> = { value: parts.initial, version: 0 }
  let noticed = 1
  let loaded = 0
  let loading: Promise<void> | undefined

  const hold = (found: Versioned<Value>): void => {
    if (found.version > held.version) held = found
  }
  const load = async (): Promise<void> => {
    const upTo = noticed
    try {
      hold(await readDocument(parts))
      loaded = upTo
    } finally {
      loading = undefined
    }
  }
  const read = async (): Promise<Value> => {
    while (loaded < noticed) {
      loading ??= load()
      await loading
    }
    return held.value
  }
  // Whoever reads next tries again, and learns why it failed.
  const catchUp = (): void => void read().catch(() => undefined)

  parts.onChange((topic) => {
    if (topic !== 'documents') return
    noticed++
    catchUp()
  })
  await read()
  return {
    peek() {
      if (loaded < noticed) catchUp()
      return held.value
    },
    read,
    async change(edit) {
      const changed = await changeDocument(parts, edit)
      hold(changed)
      return changed.value
    },
  }
}
