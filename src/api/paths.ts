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
/** RFC 3986 §2: unreserved characters, and others percent-encoded. */
const ENCODED_SEGMENT = "((?:[\\w.~!'()*-]|%[0-9A-F]{2}){1,2500})"
/** Those that some encode and some do not. */
const EITHER = /[!'()*]/g

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

/** The text that was encoded; undefined for a spelling that nobody's `encodeURIComponent` makes (C-22, X-39). */
const decoded = (segment: string): string | undefined => {
  try {
    const text = decodeURIComponent(segment)
    const spelled = encodeURIComponent(text).replace(EITHER, hex)
    return spelled === segment.replace(EITHER, hex) && !['.', '..'].includes(text) ? text : undefined
  } catch {
    return undefined
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The names of the parameters of a pattern, in order. */
export const parametersOf = (pattern: string): string[] =>
  [...pattern.matchAll(PARAMETER)].map(([, name = '']) => name)

const matcher = (pattern: string, isEncoded: boolean): ((path: string) => PathValues | undefined) => {
  const names = parametersOf(pattern)
  if (names.length === 0) return (path) => (path === pattern ? {} : undefined)
  const form = new RegExp(
    `^${pattern
      .split(PARAMETER)
      .filter((_, at) => at % 2 === 0)
      .map(escaped)
      .join(isEncoded ? ENCODED_SEGMENT : SEGMENT)}$`,
  )
  return (path) => {
    const match = form.exec(path)
    if (!match) return undefined
    const values = match.slice(1).map((segment) => (isEncoded ? decoded(segment) : segment))
    if (values.includes(undefined)) return undefined
    return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
  }
}

/**
 * Finds by path what is called. A pattern without parameters comes before one with them.
 *
 * @param operations `path` is a pattern whose segments `{name}` are parameters; `isEncoded`: of any text
 */
export const pathFinder = <Operation extends { path: string; isEncoded?: boolean }>(
  operations: readonly Operation[],
) => {
  const patterns = [...Map.groupBy(operations, ({ path }) => path)]
    .map(([pattern, there]) => ({
      pattern,
      there,
      valuesIn: matcher(
        pattern,
        there.some(({ isEncoded }) => isEncoded === true),
      ),
    }))
    .toSorted((one, other) => parametersOf(one.pattern).length - parametersOf(other.pattern).length)
  return (path: string): (Found<Operation> & { pattern: string }) | undefined => {
    for (const { pattern, there, valuesIn } of patterns) {
      const values = valuesIn(path)
      if (values) return { pattern, there, values }
    }
    return undefined
  }
}
