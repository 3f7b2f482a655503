interface Hoisted {
  value: unknown
  /** Name -> schema. */
  definitions: Record<string, unknown>
}

const LOCAL = '#/$defs/'
const SHARED = '#/components/schemas/'

/**
 * Takes the definitions (`$defs`) out of every schema below a value, for `components/schemas`: a reference in an OpenAPI
 * document counts from its root. Equal names are equal schemas: a recursive one has an id of its own.
 */
export const hoisted = (value: unknown): Hoisted => {
  const definitions: Record<string, unknown> = {}
  const walk = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(walk)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(
      Object.entries(each).flatMap(([key, member]): [string, unknown][] => {
        if (key === '$defs') {
          Object.assign(definitions, walk(member))
          return []
        }
        const isLocal = key === '$ref' && typeof member === 'string' && member.startsWith(LOCAL)
        return [[key, isLocal ? member.replace(LOCAL, SHARED) : walk(member)]]
      }),
    )
  }
  return { value: walk(value), definitions }
}
