import { TransferFault } from './fault.ts'

/** Bytes. A document may be large, but what has no end of a line is no export. */
const LONGEST = 64 * 1024 * 1024

const NEWLINE = 0x0a

/**
 * The lines of a file, without their ends. Only LF ends a line: a name may hold U+2028.
 *
 * @throws TransferFault if the last line has no end or one is longer than 64 MiB
 */
export async function* lines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Uint8Array[] = []
  let length = 0
  let number = 1
  for await (const chunk of source) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)])
      begun = []
      length = 0
      number++
      start = end + 1
    }
    begun.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > LONGEST) throw new TransferFault(`Line ${number} is longer than any line of an export.`)
  }
  if (length > 0) throw new TransferFault(`The file is cut off: line ${number} has no end. Export again.`)
}
