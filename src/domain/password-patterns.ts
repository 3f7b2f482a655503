/** Lines of neighbours on keyboards, read in both directions; the alphabet goes without saying. */
const ROWS = [
  '1234567890-=',
  '!@#$%^&*()_+',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
  '1qaz',
  '2wsx',
  '3edc',
  '4rfv',
  '5tgb',
  '6yhn',
  '7ujm',
].map((row) => [...row])

/** Fewer characters that are not foretold by their neighbours are no password, however long it is. */
const FEWEST = 6
/** Two neighbours occur in every word. */
const SHORTEST_RUN = 3

/** The ways from one character to the next: by the alphabet or along a row, each with its direction. */
const ways = (from: string | undefined, to: string | undefined): string[] => {
  if (from === undefined || to === undefined) return []
  const found: string[] = []
  const letters = (to.codePointAt(0) ?? 0) - (from.codePointAt(0) ?? 0)
  if (Math.abs(letters) === 1) found.push(`alphabet ${letters}`)
  for (const [index, row] of ROWS.entries()) {
    const places = row.includes(from) && row.includes(to) ? row.indexOf(to) - row.indexOf(from) : 0
    if (Math.abs(places) === 1) found.push(`row ${index} ${places}`)
  }
  return found
}

const endOfRun = (characters: readonly string[], start: number): number => {
  let open = ways(characters[start], characters[start + 1])
  let end = start + 1
  while (open.length > 0) {
    end += 1
    const next = ways(characters[end - 1], characters[end])
    open = open.filter((way) => next.includes(way))
  }
  return end
}

/** How many characters there are when a run along the alphabet or a row counts as one, and `aaa` as `a`. */
const unforetold = (characters: readonly string[]): number => {
  const distinct = characters.filter((character, index) => character !== characters[index - 1])
  let count = 0
  for (let at = 0; at < distinct.length; count += 1) {
    const end = endOfRun(distinct, at)
    at = end - at < SHORTEST_RUN ? at + 1 : end
  }
  return count
}

/**
 * Tells whether a text is little more than runs (`abcdef`, `12345`, `qwerty`, doubled or interleaved: `aabbcc`,
 * `a1b2c3`) or has hardly any different characters.
 *
 * @param text in lower case
 */
export const isSequence = (text: string): boolean => {
  const characters = [...text]
  const [even, odd] = [0, 1].map((rest) => characters.filter((_, index) => index % 2 === rest))
  return (
    new Set(characters).size < FEWEST ||
    unforetold(characters) < FEWEST ||
    unforetold(even ?? []) + unforetold(odd ?? []) < FEWEST
  )
}

/** The shortest beginning that, written again and again, gives the text; the last time may be cut. */
export const repeatedUnit = (text: string): string => {
  const characters = [...text]
  for (let length = 1; length <= characters.length / 2; length += 1) {
    if (characters.every((character, index) => index < length || character === characters[index - length])) {
      return characters.slice(0, length).join('')
    }
  }
  return text
}
