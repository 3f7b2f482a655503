import { statfsSync, statSync } from 'node:fs'
import type { Finding } from '../finding.ts'

const MEGABYTE = 1_000_000
/** Megabytes that should be free; with none, writes are refused. */
const ENOUGH = 500

/** What an operator should know of the data file at `path`. */
export const inspectDataFile = (path: string): Finding[] => {
  const size = Math.ceil(statSync(path).size / MEGABYTE)
  const { bavail, bsize } = statfsSync(path)
  const free = Math.floor((bavail * bsize) / MEGABYTE)
  return [
    {
      subject: 'Data file',
      state: 'fine',
      text: `${path}, ${size} MB; every write is on disk when it is answered`,
    },
    free >= ENOUGH
      ? { subject: 'Disk', state: 'fine', text: `${free} MB free` }
      : {
          subject: 'Disk',
          state: 'warning',
          text: `only ${free} MB are free; when none is left, everything that writes gets 503`,
        },
  ]
}
