import { domainToASCII } from 'node:url'

export interface Email {
  /**
   * As its owner wrote it, but in NFKC and without blanks around it: mail goes here and nowhere else. A look-alike that
   * shares the key of an address therefore shares its mailbox (CVE-2019-19844).
   */
  email: string
  /** For look-up: NFKC, lower case, the domain in its ASCII form. */
  key: string
}

/** Octets (RFC 5321 §4.5.3.1, with RFC 3696 erratum 1690 for the whole). */
const LONGEST = 254
const LONGEST_LOCAL = 64

// Dot-atoms (RFC 5322 §3.2.3) with letters of any script (RFC 6532). Quoted local parts are lawful but a known way to
// send mail elsewhere (CVE-2025-13033), and nobody has one.
const LOCAL = /^[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+)*$/u
// `domainToASCII` reads a URL's host: without this it would also take escapes, ports and paths.
const DOMAIN = /^[\p{L}\p{M}\p{Nd}.-]+$/u
// RFC 1123 §2.1. Addresses are no names: the last label has a letter.
const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const bytes = (text: string): number => Buffer.byteLength(text)

/**
 * Reads an e-mail address. Two texts that a mail system may take for one address have one key, so that nobody registers
 * somebody else's address in another spelling. A host without dots (`admin@localhost`) is fine.
 *
 * @returns undefined for anything that is not one plain address
 */
export const parseEmail = (text: string): Email | undefined => {
  if (/\p{Cc}/u.test(text)) return undefined
  const trimmed = text.trim()
  if (bytes(trimmed) > LONGEST) return undefined
  const email = trimmed.normalize('NFKC')
  const [local = '', domain = '', ...more] = email.split('@')
  if (more.length > 0 || !LOCAL.test(local) || !DOMAIN.test(domain)) return undefined
  const localKey = local.toLowerCase().normalize('NFKC')
  const host = domainToASCII(domain)
  const key = `${localKey}@${host}`
  const longest = Math.max(bytes(email), bytes(key))
  return HOST.test(host) && bytes(localKey) <= LONGEST_LOCAL && longest <= LONGEST
    ? { email, key }
    : undefined
}
