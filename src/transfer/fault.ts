import { Refusal } from '../errors.ts'

/** The data cannot be moved; the message is a sentence for the operator and never holds what a record says. */
export class TransferFault extends Error {
  override readonly name = 'TransferFault'
}

/** What to tell the operator of an expected failure; undefined for a defect. */
export const sentenceOf = (error: unknown): string | undefined => {
  if (error instanceof TransferFault) return error.message
  return error instanceof Refusal ? `The store refused (${error.code}).` : undefined
}
