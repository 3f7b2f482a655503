/** A bounded map of what the store holds; forgetting an entry is always allowed. */
export interface Cache<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  clear(): void
}

/**
 * Approximate least-recently-used cache in two generations: when the young one is full it becomes the old one, and
 * what is asked for again moves over. Cheaper for each look-up than keeping exact order.
 *
 * @param limit bound of one generation, in the unit of `cost`; at most twice as much is held
 * @param cost size of an entry
 */
export const generationCache = <Value>(limit: number, cost: (value: Value) => number): Cache<Value> => {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  let size = 0

  const set = (key: string, value: Value): void => {
    young.set(key, value)
    size += cost(value)
    if (size <= limit) return
    old = young
    young = new Map()
    size = 0
  }

  return {
    get(key) {
      const found = young.get(key)
      if (found !== undefined) return found
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    set,
    delete(key) {
      young.delete(key)
      old.delete(key)
    },
    clear() {
      young = new Map()
      old = new Map()
      size = 0
    },
  }
}
