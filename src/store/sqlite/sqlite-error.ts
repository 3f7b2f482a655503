/** Primary result codes, https://www.sqlite.org/rescode.html */
const code = {
  busy: 5,
  locked: 6,
  outOfMemory: 7,
  readOnly: 8,
  interrupted: 9,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const

/** Faults of disk, file or lock: nothing that was written in the present transaction can be relied on. */
const storageCodes: ReadonlySet<number> = new Set(Object.values(code))

/** The primary result code of an error of node:sqlite; undefined for any other value. */
const primaryCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined

export const isStorageFault = (error: unknown): boolean => storageCodes.has(primaryCode(error) ?? 0)

export const isBusy = (error: unknown): boolean => primaryCode(error) === code.busy

export const isDamage = (error: unknown): boolean =>
  [code.corrupt, code.notADatabase].some((damage) => damage === primaryCode(error))
