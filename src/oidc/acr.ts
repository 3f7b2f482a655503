/** One factor: a password, or a passkey that did not verify its user. */
export const ONE_FACTOR = 'urn:gatehouse:1'
/** Two factors: a password and something else, or a passkey that verified its user. */
export const TWO_FACTORS = 'urn:gatehouse:2'

/** Says that there were several factors (RFC 8176 §2). */
const SEVERAL = 'mfa'
/** What each method (RFC 8176) shows: something known, something held, or that its holder is the right person. */
const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pwd: 'known',
    otp: 'held',
    hwk: 'held',
    swk: 'held',
    user: 'verified',
  }),
)

const showsTwo = (methods: readonly string[]): boolean =>
  new Set(methods.flatMap((method) => KINDS.get(method) ?? [])).size > 1

/**
 * Methods that proved one person together, each once, with `mfa` where they are two factors. The same method twice, or
 * two of one kind, stay one factor (C-18).
 *
 * @param methods RFC 8176 values; `mfa` among them counts for nothing by itself
 */
export const together = (...methods: readonly string[]): string[] => {
  const once = [...new Set(methods)].filter((method) => method !== SEVERAL)
  return showsTwo(once) ? [...once, SEVERAL] : once
}

/** The authentication context class of a sign-in by these methods (OpenID Connect Core §2). */
export const acrOf = (methods: readonly string[]): string => (showsTwo(methods) ? TWO_FACTORS : ONE_FACTOR)
