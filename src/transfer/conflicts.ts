import type { Comparison } from './compare.ts'
import { TransferFault } from './fault.ts'
import { total } from './records.ts'

/**
 * Ends an import before it writes if the store holds something else in the place of a record.
 *
 * @throws TransferFault that names the first conflicts by kind and id, never a value
 */
export const refuseConflicts = (found: Comparison, { overwrite }: { overwrite: boolean }): void => {
  const { blocked, conflicts } = found
  const different = total(found.different)
  if (blocked === 0 && (different === 0 || overwrite)) return
  const more = different + blocked - conflicts.length
  throw new TransferFault(
    [
      `Nothing was written: the store holds something else in the place of ${different + blocked} records.`,
      ...conflicts.map((conflict) => `  ${conflict}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      'A server that has started on a store has put keys, an administrator and perhaps demo clients there: import into an empty store, before its first start.',
      ...(different > 0 && blocked === 0 ? ['Or let the export win, with --overwrite.'] : []),
      ...(blocked > 0 ? [`--overwrite does not solve ${blocked} of them.`] : []),
    ].join('\n'),
  )
}
