import type { JsonObject } from '../domain/ports.ts'

/** A record that came back from the store is not what this code wrote. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord'
}

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws DamagedRecord if the text is not a JSON object */
export const jsonObject = (json: string): JsonObject => {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new DamagedRecord('a record is not JSON', { cause })
  }
  if (!isJsonObject(value)) throw new DamagedRecord('a record is not a JSON object')
  return value
}
