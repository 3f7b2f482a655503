import type { Frames } from '../frame.ts'
import type { RecoveryLocals } from './locals.ts'

export const recoveryFrames: Frames<RecoveryLocals> = {}
