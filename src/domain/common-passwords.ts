import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FILE = new URL('./common-passwords.txt.gz', import.meta.url)

/** Fewer letters are no word: random passwords may hold them. */
const SHORTEST_WORD = 4

const EDGES = /^[^\p{L}]+|[^\p{L}]+$/gu

/** What is left of a password without the digits and punctuation around it. */
export const withoutEdges = (text: string): string => text.replace(EDGES, '')

const keyOf = (text: string): string => {
  const word = withoutEdges(text)
  return word.length < SHORTEST_WORD ? text : word
}

/**
 * Tells whether a password is among the most used ones, also with other digits and punctuation around it: of ten
 * million stolen passwords the 50,000 most frequent, and of the million most frequent all of 15 characters or more
 * (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.4). `common-passwords.license.txt` says where the list is from.
 *
 * The list is read at the first question and kept as one text of half a megabyte: a set of strings would take ten times
 * the memory, and a search is a small part of the hash that follows.
 *
 * @returns a predicate for texts in NFKC and lower case
 */
export const commonPasswords = (): ((text: string) => boolean) => {
  let list: string | undefined
  return (text) => {
    list ??= gunzipSync(readFileSync(FILE)).toString('latin1')
    return list.includes(`\n${keyOf(text)}\n`)
  }
}
