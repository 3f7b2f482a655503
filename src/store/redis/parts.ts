import type { Clock } from '../../domain/ports.ts'
import type { Calls } from './calls.ts'
import type { Confirm } from './confirm.ts'
import type { Keys } from './keys.ts'

/** What each port of the driver works with. */
export interface Parts {
  calls: Calls
  confirm: Confirm
  keys: Keys
  now: Clock
}
