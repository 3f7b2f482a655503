export interface Fault {
  name: string
  /** As it may be shown: secrets masked, long values cut. */
  given: string
  /** What would have been right. */
  wanted: string
}

/** Everything that is wrong with the configuration; the message is for the operator, without a stack. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault'
  readonly faults: readonly Fault[]
  /** Names that look like misspelt settings: often the reason. */
  readonly warnings: readonly string[]

  constructor(faults: readonly Fault[], warnings: readonly string[] = []) {
    const lines = faults.map(({ name, given, wanted }) => `  ${name}: wanted ${wanted}; given ${given}`)
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    super([`The configuration has ${count}:`, ...lines, ...warnings.map((text) => `  ${text}`)].join('\n'))
    this.faults = faults
    this.warnings = warnings
  }
}

/** A value that may be shown: no secret, no password of a URL, nothing that steers a terminal. */
export const masked = (text: string, secret: boolean): string =>
  secret ? '***' : text.replace(/\p{Cc}/gu, ' ').replace(/\/\/[^@\s]*@/g, '//***@')

const MOST = 80

/**
 * What was given, in few words.
 *
 * @param text undefined: the setting is unset
 */
export const inShort = (text: string | undefined, secret: boolean): string => {
  if (text === undefined) return 'nothing'
  const plain = masked(text, secret)
  return plain.length > MOST ? `${plain.slice(0, MOST)}…` : plain
}
