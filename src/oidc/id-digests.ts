import { digest } from '../domain/digest.ts'

/** As many ids as are in use at one moment. */
const MOST_KNOWN = 2000

/**
 * Digests of ids, remembered: one request looks for a token in several models, and a token is looked at again and
 * again while it lives.
 */
export const idDigests = (): ((id: string) => string) => {
  const known = new Map<string, string>()
  return (id) => {
    const found = known.get(id)
    if (found !== undefined) return found
    if (known.size >= MOST_KNOWN) known.clear()
    const made = digest(id)
    known.set(id, made)
    return made
  }
}
