import { randomUUID } from 'node:crypto'
import type { Mail } from '../../domain/mail.ts'
import type { MailColours } from './colours.ts'
import { contentOf } from './content.ts'
import type { Message } from './message.ts'
import type { Content, Words } from './telling.ts'

/** What the letters are made of: words by language, and the view of their HTML part. */
export interface LetterParts {
  /** @param locale BCP 47; undefined or unknown gives the default language */
  words(locale: string | undefined): Words
  /** Fills the compiled view with a letter. */
  view(it: object): string
}

export type Render = (mail: Mail) => Message

/** @param options.issuer its host is named in every letter; the only host that a link leads to */
export const letters = (
  { words, view }: LetterParts,
  { issuer, colours }: { issuer: string; colours: MailColours },
): Render => {
  const { host, hostname } = new URL(issuer)
  return ({ to, locale, letter }) => {
    const chosen = words(locale)
    const content = contentOf(letter, chosen, host)
    return {
      id: `<${randomUUID()}@${hostname}>`,
      to,
      locale: chosen.locale,
      subject: content.subject,
      text: plainText(content),
      html: view({ ...content, orOpen: chosen.t('mail.orOpen'), locale: chosen.locale, colours }),
    }
  }
}

const plainText = ({ subject, paragraphs, facts, action, closing, because }: Content): string =>
  [
    subject,
    ...paragraphs,
    ...(facts.length > 0 ? [facts.map(({ label, value }) => `${label}: ${value}`).join('\n')] : []),
    ...(action ? [`${action.label}:\n${action.link}`] : []),
    ...(action?.note ? [action.note] : []),
    ...(closing ? [closing] : []),
    `-- \n${because}`,
  ]
    .join('\n\n')
    .concat('\n')
