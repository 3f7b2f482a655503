import type { Frames } from '../frame.ts'
import type { FactorLocals } from './locals.ts'

export const factorFrames: Frames<FactorLocals> = {}
