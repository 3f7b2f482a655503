import { commonPasswords, withoutEdges } from './common-passwords.ts'
import { isSequence, repeatedUnit } from './password-patterns.ts'

/** What is wrong with a new password; the words are in the catalogue under `fault.password.<code>`. */
export interface PasswordFault {
  field: 'password'
  code: 'malformed' | 'too_short' | 'too_long' | 'context' | 'sequence' | 'common' | 'breached'
  values?: Record<string, string | number>
}

/** Who the password is for. */
export interface PasswordOwner {
  email?: string | undefined
  name?: string | undefined
}

export interface PasswordPolicy {
  minLength: number
  normalise(password: string): string
  /** The first fault of a new password, or none. */
  faults(password: string, about: PasswordOwner): PasswordFault[]
}

/** Code points; as UTF-8 at most the 1024 bytes that the edge lets through. */
const MAX_LENGTH = 256
/** Characters; shorter words may be a part of any other word. */
const SHORTEST_CONTEXT = 4

/**
 * The form in which a password is hashed: NFC, so that the same keys give the same password on every device, and nothing
 * else: never trimmed, never folded, never cut (NIST SP 800-63B-4 §3.1.1.2).
 */
export const normalisePassword = (password: string): string => password.normalize('NFC')

/**
 * Tells whether any account can have this password. UTF-8 cannot carry lone surrogates: hashed, they would all be one
 * character.
 *
 * @param password normalised
 */
export const canBePassword = (password: string): boolean =>
  isStorable(password) && password !== '' && lengthOf(password) <= MAX_LENGTH

const isStorable = (password: string): boolean => password.isWellFormed() && !password.includes('\0')

const lengthOf = (text: string): number => [...text].length

const comparable = (text: string): string => text.normalize('NFKC').toLowerCase()

/**
 * The rules for new passwords (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2): length, and nothing that many people or whoever
 * knows the person would guess. No rules of composition. Repetitions count once; known words, and the digits that
 * people put around them, do not count at all.
 *
 * @param options.minLength code points
 * @param options.contextWords what everybody here knows: the product's name, the issuer's host
 */
export const passwordPolicy = (options: {
  minLength: number
  contextWords: readonly string[]
}): PasswordPolicy => {
  const { minLength } = options
  const isCommon = commonPasswords()

  const isRepetition = (text: string): boolean =>
    [text, withoutEdges(text)].some((part) => {
      const unit = repeatedUnit(part)
      if (unit === part) return false
      const left = lengthOf(text) - lengthOf(part) + lengthOf(unit)
      return left < minLength || isCommon(unit) || isSequence(unit)
    })

  const isWeak = (text: string): boolean =>
    lengthOf(text) < minLength || isRepetition(text) || isSequence(text) || isCommon(text)

  const contextWord = (text: string, { email = '', name = '' }: PasswordOwner): string | undefined => {
    const words = contextOf([...options.contextWords, email, ...email.split('@'), name])
    const known = words.filter((word) => text.includes(comparable(word)))
    const rest = known.reduce((left, word) => left.replaceAll(comparable(word), ''), text)
    return isWeak(withoutEdges(rest)) ? known[0] : undefined
  }

  return {
    minLength,
    normalise: normalisePassword,
    faults(password, about) {
      const given = normalisePassword(password)
      const length = lengthOf(given)
      if (!isStorable(given)) return [fault('malformed')]
      if (length < minLength) return [fault('too_short', { length, min: minLength })]
      if (length > MAX_LENGTH) return [fault('too_long', { max: MAX_LENGTH })]
      const text = comparable(given)
      const word = contextWord(text, about)
      if (word !== undefined) return [fault('context', { word })]
      if (isRepetition(text) || isSequence(text)) return [fault('sequence')]
      return isCommon(text) ? [fault('common')] : []
    },
  }
}

const fault = (code: PasswordFault['code'], values?: PasswordFault['values']): PasswordFault => ({
  field: 'password',
  code,
  ...(values ? { values } : {}),
})

/** The texts as a whole and their words, the longest first. */
const contextOf = (texts: readonly string[]): string[] =>
  texts
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{M}\p{N}]+/u)])
    .filter((word) => lengthOf(word) >= SHORTEST_CONTEXT)
    .toSorted((one, other) => lengthOf(other) - lengthOf(one))
