/** Bytes of a line: as much as a call with one account may have. */
export const LINE_LIMIT = 56 * 1024

/** One line of NDJSON, counted from 1. */
export interface Line {
  number: number
  /** Undefined: it is too long. */
  bytes: Buffer | undefined
}

const NEWLINE = 10
const BLANK = /^[\s]*$/

/** The lines of a body, one after the other; blank ones count and are left out. */
export const linesOf = function* (body: Buffer): Iterable<Line> {
  let number = 0
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(NEWLINE, at)
    const end = found < 0 ? body.length : found
    const bytes = body.subarray(at, end)
    number += 1
    at = end + 1
    if (bytes.length > LINE_LIMIT) yield { number, bytes: undefined }
    else if (!BLANK.test(bytes.toString('latin1'))) yield { number, bytes }
  }
}

/** So many of them at a time. */
export const inChunks = function* <Item>(items: Iterable<Item>, size: number): Iterable<Item[]> {
  let chunk: Item[] = []
  for (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
