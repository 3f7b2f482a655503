import { DamagedRecord } from '../damaged-record.ts'

/** @throws DamagedRecord if the reply is not a list */
export const list = (reply: unknown): unknown[] => {
  if (!Array.isArray(reply)) throw new DamagedRecord('a reply is not a list')
  return reply
}

/** @throws DamagedRecord if the value is not a text */
export const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new DamagedRecord('a value is not a text')
  return value
}

/** Redis hands out numbers as such or as text. @throws DamagedRecord if the value is neither */
export const integer = (value: unknown): number => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw new DamagedRecord('a value is not an integer')
  return number
}
