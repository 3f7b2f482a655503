/** What stands in a path for a pattern's `{name}`. */
export type PathValues = Readonly<Record<string, string>>

/** Operations with one pattern, and the values of its parameters in a path. */
export interface Found<Operation> {
  there: readonly Operation[]
  values: PathValues
}

const PARAMETER = /\{(\w+)\}/g
/** Characters of base64url, as they are: nothing is decoded, so that a path has one spelling (C-22, X-39). */
const SEGMENT = '([\\w-]{1,200})'

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The names of the parameters of a pattern, in order. */
export const parametersOf = (pattern: string): string[] =>
  [...pattern.matchAll(PARAMETER)].map(([, name = '']) => name)

const matcher = (pattern: string): ((path: string) => PathValues | undefined) => {
  const names = parametersOf(pattern)
  if (names.length === 0) return (path) => (path === pattern ? {} : undefined)
  const form = new RegExp(
    `^${pattern
      .split(PARAMETER)
      .filter((_, at) => at % 2 === 0)
      .map(escaped)
      .join(SEGMENT)}$`,
  )
  return (path) => {
    const match = form.exec(path)
    return match ? Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ''])) : undefined
  }
}

/**
 * Finds by path what is called. A pattern without parameters comes before one with them.
 *
 * @param operations `path` is a pattern whose segments `{name}` are parameters
 */
export const pathFinder = <Operation extends { path: string }>(operations: readonly Operation[]) => {
  const patterns = [...Map.groupBy(operations, ({ path }) => path)]
    .map(([pattern, there]) => ({ pattern, there, valuesIn: matcher(pattern) }))
    .toSorted((one, other) => parametersOf(one.pattern).length - parametersOf(other.pattern).length)
  return (path: string): (Found<Operation> & { pattern: string }) | undefined => {
    for (const { pattern, there, valuesIn } of patterns) {
      const values = valuesIn(path)
      if (values) return { pattern, there, values }
    }
    return undefined
  }
}
