import { z } from 'zod'

/** A parameter that is `true` or `false`, false if left out. */
export const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')

export const RemovalQuery = z.strictObject({
  /** Takes it from everything that uses it, in one step, instead of refusing. */
  cascade: Flag,
})
