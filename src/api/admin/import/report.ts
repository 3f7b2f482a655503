import { z } from 'zod'
import type { Imported } from '../../../domain/administration/account-import.ts'
import { fieldFaults } from '../input.ts'

/** What became of a line. */
export const LineReport = z.object({
  /** From 1. */
  line: z.int(),
  status: z.enum(['created', 'updated', 'unchanged', 'refused']),
  /** Left out for one that is refused, and for one that a dry run would make. */
  sub: z.string().optional(),
  errors: z
    .array(z.object({ field: z.string().optional(), code: z.string(), wanted: z.string().optional() }))
    .optional(),
})
export type LineReport = z.output<typeof LineReport>

export const refusedLine = (line: number, code: string): LineReport => ({
  line,
  status: 'refused',
  errors: [{ code }],
})

export const reported = (line: number, imported: Imported): LineReport => {
  if (imported.kind !== 'refused')
    return {
      line,
      status: imported.kind,
      ...(imported.sub === undefined ? {} : { sub: imported.sub }),
    }
  const { reason, faults } = imported
  const errors = faults.length > 0 ? fieldFaults(faults, reason) : [{ code: reason }]
  return { line, status: 'refused', errors }
}
