import { Refusal } from '../errors.ts'
import { StoreAwayFault } from '../store/index.ts'
import { CommandFault, exitCodes } from './command.ts'

/** How a command that failed ends; without a sentence the error says for itself what is wrong. */
export interface Ending {
  code: number
  sentence: string | undefined
}

/** What becomes of an error of a command. */
export const endingOf = (error: unknown): Ending => {
  if (error instanceof CommandFault) return { code: error.exitCode, sentence: `${error.message}\n` }
  if (error instanceof StoreAwayFault) return { code: exitCodes.storeAway, sentence: `${error.message}\n` }
  if (error instanceof Refusal && error.code === 'store_unavailable')
    return { code: exitCodes.storeAway, sentence: 'The store does not answer. See: gatehouse doctor\n' }
  if (error instanceof Refusal && error.code === 'busy')
    return { code: exitCodes.refused, sentence: 'The server is too busy for this now; try again.\n' }
  return { code: exitCodes.refused, sentence: undefined }
}
