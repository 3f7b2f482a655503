import { z } from 'zod'

const LONGEST = 1024

/** Bounded before anything looks at it; a real address or name is far shorter. */
export const LineField = z.string().max(LONGEST)

/** Refused by its bytes before any hash runs; the password policy has its own, smaller limit in characters. */
export const PasswordField = z.string().refine((value) => Buffer.byteLength(value) <= LONGEST)
