/** A mail of ours, read back. */
export interface ReadMail {
  subject: string
  to: string
  /** Milliseconds. */
  at: number
  text: string
  html: string
}

const bytesOf = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

/** RFC 2047: words in `Q` or `B`; blanks between two of them do not count. */
const decodedHeader = (value: string): string =>
  value
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(/(?:=\?utf-8\?[qb]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?utf-8\?([qb])\?([^?]*)\?=/gi)].map(([, form, word = '']) =>
          form?.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : bytesOf(word.replaceAll('_', ' ')),
        ),
      ).toString(),
    )

/** Name in lower case -> value, of the lines before the first empty one. */
const headersOf = (head: string): Map<string, string> =>
  new Map(
    head
      .replace(/\n[ \t]+/g, ' ')
      .split('\n')
      .map((line) => {
        const [name = '', ...rest] = line.split(':')
        return [name.toLowerCase(), rest.join(':').trim()]
      }),
  )

const split = (text: string): { headers: Map<string, string>; body: string } => {
  const [head = '', ...rest] = text.split('\n\n')
  return { headers: headersOf(head), body: rest.join('\n\n') }
}

const decodedBody = ({ headers, body }: ReturnType<typeof split>): string => {
  switch (headers.get('content-transfer-encoding')) {
    case 'base64':
      return Buffer.from(body, 'base64').toString()
    case 'quoted-printable':
      return bytesOf(body.replace(/=\n/g, '')).toString()
    default:
      // RFC 3676 §4.2: a blank at the end of a line is where it was folded.
      return headers.get('content-type')?.includes('format=flowed') ? body.replace(/ \n/g, ' ') : body
  }
}

/**
 * Reads a mail that `files.ts` wrote: `multipart/alternative` with a text and an HTML part.
 *
 * @param source with line feeds only
 */
export const readMail = (source: string): ReadMail => {
  const { headers, body } = split(source)
  const [, boundary = ''] = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '') ?? []
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => split(part.replace(/^\n/, '')))
  const partOf = (type: string): string => {
    const found = parts.find((part) => part.headers.get('content-type')?.startsWith(type))
    return found ? decodedBody(found).trim() : ''
  }
  return {
    subject: decodedHeader(headers.get('subject') ?? ''),
    to: decodedHeader(headers.get('to') ?? ''),
    at: Date.parse(headers.get('date') ?? ''),
    text: partOf('text/plain'),
    html: partOf('text/html'),
  }
}
