/** The store cannot be opened; the message is a sentence for the operator, to be shown without a stack. */
export class StartFault extends Error {
  override readonly name = 'StartFault'
}

/** It does not answer; the same again may work. */
export class StoreAwayFault extends StartFault {}
