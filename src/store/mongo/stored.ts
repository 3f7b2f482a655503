import type { Document } from 'mongodb'
import { DamagedRecord } from '../damaged-record.ts'

/** A document of any of our collections, before its members are looked at. */
export interface Stored extends Document {
  _id: string
}

const damaged = (member: string): DamagedRecord =>
  new DamagedRecord(`member ${member} of a document has an unusable value`)

export const text = (stored: Stored, member: string): string => {
  const value: unknown = stored[member]
  if (typeof value !== 'string') throw damaged(member)
  return value
}

export const number = (stored: Stored, member: string): number => {
  const value: unknown = stored[member]
  if (typeof value !== 'number') throw damaged(member)
  return value
}

export const optionalText = (stored: Stored, member: string): string | undefined =>
  stored[member] === undefined ? undefined : text(stored, member)
