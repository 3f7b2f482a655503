import { setTimeout as sleep } from 'node:timers/promises'
import { simpleParser } from 'mailparser'

/** A mail as its reader gets it. */
export interface ReceivedMail {
  /** Recipients of the envelope; of the header where the mail is a file. */
  to: string[]
  from: string
  subject: string
  text: string
  html: string
  /** By name in lower case. */
  headers: ReadonlyMap<string, string>
  raw: string
}

export interface MailWish {
  to?: string
  /** The whole subject, or what it matches. */
  subject?: string | RegExp
}

const addressesOf = (value: unknown): string[] =>
  [value]
    .flat()
    .flatMap((list) =>
      typeof list === 'object' && list !== null && 'value' in list && Array.isArray(list.value)
        ? list.value.map(({ address }: { address?: string }) => address ?? '')
        : [],
    )

/** @param recipients of the envelope, if there was one */
export const parseMail = async (raw: string, recipients?: string[]): Promise<ReceivedMail> => {
  const { subject = '', from, to, text = '', html, headerLines } = await simpleParser(raw)
  return {
    to: recipients ?? addressesOf(to),
    from: addressesOf(from)[0] ?? '',
    subject,
    text,
    html: html || '',
    headers: new Map(headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()])),
    raw,
  }
}

const fits = ({ to, subject }: MailWish, mail: ReceivedMail): boolean =>
  (to === undefined || mail.to.includes(to)) &&
  (subject === undefined ||
    (typeof subject === 'string' ? mail.subject === subject : subject.test(mail.subject)))

const PATIENCE = 10_000

/**
 * The oldest mail of a wish that nobody has taken yet; waits for it.
 *
 * @param arrived all mails so far, in order
 * @param taken remembers what was handed out
 * @throws Error with the subjects that are there if none comes within 10 seconds
 */
export const takeMail = async (
  arrived: () => Promise<readonly ReceivedMail[]>,
  taken: Set<string>,
  wish: MailWish,
): Promise<ReceivedMail> => {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const mails = await arrived()
    const found = mails.find((mail) => !taken.has(mail.raw) && fits(wish, mail))
    if (found) {
      taken.add(found.raw)
      return found
    }
    if (Date.now() > deadline) {
      const seen = mails.map((mail) => `${mail.to}: ${mail.subject}${taken.has(mail.raw) ? ' (taken)' : ''}`)
      throw new Error(
        `no mail to ${wish.to ?? 'anybody'} with the subject ${wish.subject ?? 'of any kind'} came; there are:\n${seen.join('\n')}`,
      )
    }
    await sleep(20)
  }
}

const LINK = /https?:\/\/[^\s"'<>]+/g

/** Every link of the text part, each once. */
export const linksIn = ({ text }: Pick<ReceivedMail, 'text'>): string[] => [
  ...new Set(text.match(LINK) ?? []),
]

/** @throws Error unless the mail has exactly one link, the same in both parts */
export const linkIn = (mail: Pick<ReceivedMail, 'text' | 'html'>): string => {
  const inText = linksIn(mail)
  const hrefs = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  )
  const all = new Set([...inText, ...hrefs])
  const [link] = inText
  if (link === undefined || all.size !== 1) throw new Error(`not one link: ${[...all].join(' ')}`)
  return link
}
