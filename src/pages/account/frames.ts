import type { Frames } from '../frame.ts'
import type { AccountLocals } from './locals.ts'

export const accountFrames: Frames<AccountLocals> = {}
