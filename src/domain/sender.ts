import { parseEmail } from './email.ts'

/** Who sends a mail: a name to show, which may be empty, and an address. */
export interface Sender {
  name: string
  address: string
}

const NAMED = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<>"]*?))\s*<([^<>]+)>\s*$/

/**
 * Reads a mailbox as mail headers have it: `id@example.com`, `Harbor <id@example.com>` or `"Harbor, ID" <id@example.com>`
 * (RFC 5322 §3.4).
 *
 * @returns undefined if it names no address
 */
export const parseSender = (text: string): Sender | undefined => {
  const [, quoted, plain, inBrackets] = NAMED.exec(text) ?? []
  const address = parseEmail(inBrackets ?? text)?.email
  const name = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? ''
  return address === undefined || /\p{Cc}/u.test(name) ? undefined : { name, address }
}
