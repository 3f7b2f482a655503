import type { Sealer } from '../domain/ports.ts'
import { checkSigningKeys, SigningKeyFault } from '../domain/signing-keys.ts'
import { TransferFault } from './fault.ts'
import { type Header, SEALING_PROOF } from './format.ts'
import type { Numbered } from './read-export.ts'

export interface Here {
  issuer: string
  sealer: Pick<Sealer, 'macs' | 'open'>
}

/** @throws TransferFault if what the export holds would not work under these settings */
export const acceptHeader =
  (here: Here) =>
  ({ issuer, sealing }: Header): void => {
    if (issuer !== here.issuer)
      throw new TransferFault(
        `The export is of the issuer ${issuer}, and this is ${here.issuer}. Roles, clients and consents name APIs by identifiers that begin with the issuer, and applications trust its name: run the import with ISSUER=${issuer}.`,
      )
    const known = here.sealer.macs(...SEALING_PROOF)
    if (!sealing.every((mac) => known.includes(mac)))
      throw new TransferFault(
        'The export was made under another SEALING_KEY, without which neither its signing keys nor its client secrets work. Set that one, newest first, in SEALING_KEY, or copy its sealing.key into KEYS_DIR, and run the import again.',
      )
  }

/** @throws TransferFault if the record holds sealed keys that do not open here */
export const acceptRecord = ({ sealer }: Here, { moved, line }: Numbered): void => {
  if (moved.kind !== 'document') return
  try {
    checkSigningKeys(sealer, moved.record)
  } catch (error) {
    if (!(error instanceof SigningKeyFault)) throw error
    throw new TransferFault(`Line ${line}: ${error.message}.`, { cause: error })
  }
}
