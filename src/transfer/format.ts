import { z } from 'zod'
import { TransferFault } from './fault.ts'
import { type Counts, kinds, Moved, type Stored } from './records.ts'

const FORMAT = 1

const Header = z.strictObject({
  gatehouse: z.literal('export'),
  format: z.literal(FORMAT),
  issuer: z.string(),
  exported_at: z.iso.datetime(),
  /** MACs of `SEALING_PROOF` under each sealing key. */
  sealing: z.array(z.string()).min(1),
})
export type Header = Omit<z.infer<typeof Header>, 'gatehouse' | 'format'>

/** What is told of a file of another format; the rest of its header is not for us to read. */
const OtherFormat = z.object({ gatehouse: z.literal('export'), format: z.number() })

const Trailer = z.strictObject({
  kind: z.literal('end'),
  counts: z.record(z.enum(kinds), z.int().min(0)),
  /** SHA-256 of all lines of records, base64url. */
  sha256: z.string(),
})
export interface Trailer {
  counts: Counts
  sha256: string
}

/** Purpose and value of the MACs by which an import knows that it has the sealing keys of the export. */
export const SEALING_PROOF = ['export', 'made under this sealing key'] as const

const inOneOrder = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

/** One line; members are in one order, whatever order a store keeps, so that equal records have equal lines. */
export const recordLine = ({ kind, record }: Stored | Moved): string =>
  `${JSON.stringify({ kind, record }, inOneOrder)}\n`

export const headerLine = (header: Header): string =>
  `${JSON.stringify({ gatehouse: 'export', format: FORMAT, ...header })}\n`

export const trailerLine = (trailer: Trailer): string => `${JSON.stringify({ kind: 'end', ...trailer })}\n`

// The parser's own message may repeat what the line holds.
const json = (text: string, number: number): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new TransferFault(`Line ${number} is not JSON; the file was altered or cut off. Export again.`)
  }
}

/** @throws TransferFault if this is not the first line of an export that this release can read */
export const parseHeader = (text: string): Header => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  const header = Header.safeParse(value)
  if (header.success) return header.data
  const other = OtherFormat.safeParse(value)
  if (!other.success || other.data.format === FORMAT)
    throw new TransferFault('This is no export of Gatehouse: its first line is not the header of one.')
  throw new TransferFault(
    `The export has format ${other.data.format}; this release reads format ${FORMAT}. Export and import with one release.`,
  )
}

/** @throws TransferFault if the line is neither a record nor the end; the message names the members at fault only */
export const parseLine = (
  text: string,
  number: number,
): { kind: 'record'; moved: Moved } | { kind: 'end'; trailer: Trailer } => {
  const value = json(text, number)
  const trailer = Trailer.safeParse(value)
  if (trailer.success) return { kind: 'end', trailer: trailer.data }
  const moved = Moved.safeParse(value)
  if (moved.success) return { kind: 'record', moved: moved.data }
  const paths = moved.error.issues.map(({ path, code }) => `${path.join('.') || 'the line'} (${code})`)
  throw new TransferFault(`Line ${number} is no record that this release knows: ${paths.join(', ')}.`)
}
