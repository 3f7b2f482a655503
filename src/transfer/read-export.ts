import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { TransferFault } from './fault.ts'
import { type Header, parseHeader, parseLine, type Trailer } from './format.ts'
import { lines } from './lines.ts'
import { type Moved, noCounts } from './records.ts'

export interface Numbered {
  moved: Moved
  /** Of its line in the file, from 1. */
  line: number
}

const text = (line: Buffer, number: number): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)
  } catch {
    throw new TransferFault(`Line ${number} is not UTF-8; the file was altered. Export again.`)
  }
}

/**
 * The records of an export, one at a time.
 *
 * @param accept looks at the header before the first record is given; it may throw
 * @throws TransferFault where the file is not what an export wrote: at the line at fault, or at the end if it was cut
 *   off there or a line is missing, added or altered
 */
export async function* readExport(
  source: AsyncIterable<Uint8Array>,
  accept: (header: Header) => void,
): AsyncGenerator<Numbered> {
  const counts = noCounts()
  const digest = createHash('sha256')
  let number = 0
  let end: Trailer | undefined
  for await (const line of lines(source)) {
    number++
    if (number === 1) {
      accept(parseHeader(text(line, number)))
      continue
    }
    if (end) throw new TransferFault(`Line ${number} comes after the end of the export.`)
    const parsed = parseLine(text(line, number), number)
    if (parsed.kind === 'end') {
      end = parsed.trailer
      continue
    }
    digest.update(line).update('\n')
    counts[parsed.moved.kind]++
    yield { moved: parsed.moved, line: number }
  }
  if (number === 0) throw new TransferFault('The file is empty.')
  if (!end)
    throw new TransferFault('The file is cut off: its last line is not the end of an export. Export again.')
  if (!isDeepStrictEqual(end.counts, counts))
    throw new TransferFault(
      'Lines are missing or were added: the counts at the end are others. Export again.',
    )
  if (end.sha256 !== digest.digest('base64url'))
    throw new TransferFault('A line was altered: the check sum at the end is another. Export again.')
}
