import type { Letter, LetterKind } from '../../domain/mail.ts'

/** The texts of one language, as the pages have them. */
export interface Words {
  /** BCP 47. */
  locale: string
  t(key: string, values?: Readonly<Record<string, string | number>>): string
}

/** What a letter says, before it becomes text or HTML. */
export interface Content {
  subject: string
  paragraphs: string[]
  facts: { label: string; value: string }[]
  /** The one link. `note`: how long it works; empty if it always does. */
  action: { label: string; link: string; note: string } | undefined
  closing: string
  /** Why this mail came. */
  because: string
}

/** What every letter is told with. */
export interface Telling {
  t: Words['t']
  /** Of the issuer, with its port. */
  host: string
  /** Milliseconds in words. */
  when(at: number): string
}

/** Puts a letter of one kind into words. */
export type Tell<Kind extends LetterKind> = (
  letter: Extract<Letter, { kind: Kind }>,
  telling: Telling,
) => Content
