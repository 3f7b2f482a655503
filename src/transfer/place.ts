import type { AuditEvent } from '../domain/ports.ts'
import type { Beside } from './beside-events.ts'
import { recordLine } from './format.ts'
import {
  accountOf,
  eventOf,
  type Moved,
  type MovedOf,
  type Stored,
  storedAccount,
  storedClient,
  storedDocument,
} from './records.ts'
import type { Durable } from './stored-records.ts'

/** What a store has where a record belongs. */
export type Occupant =
  | { kind: 'nobody' }
  | { kind: 'equal' }
  /** Another value. `replace` puts the record there if nobody changed it since; true if this caller won. */
  | { kind: 'different'; replace: () => Promise<boolean> }
  /** The record cannot go there, overwriting or not. */
  | { kind: 'blocked'; because: string }

/** Where a record belongs in a store. */
export interface Place {
  look(): Promise<Occupant>
  /** Puts the record there if the place is free; true if it was. */
  insert(): Promise<boolean>
}

const isEqual = (moved: Moved | Stored, present: Stored): boolean => recordLine(moved) === recordLine(present)

const documentPlace = ({ documents }: Durable, record: MovedOf<'document'>): Place => ({
  async look() {
    const present = await documents.read(record.name)
    if (!present) return { kind: 'nobody' }
    const { name, value } = record
    if (isEqual({ kind: 'document', record }, storedDocument({ ...present, name }))) return { kind: 'equal' }
    return { kind: 'different', replace: () => documents.write(name, value, present.version) }
  },
  insert: () => documents.write(record.name, record.value, 0),
})

const clientPlace = ({ clients }: Durable, record: MovedOf<'client'>): Place => ({
  async look() {
    const present = await clients.find(record.clientId)
    if (!present) return { kind: 'nobody' }
    if (isEqual({ kind: 'client', record }, storedClient(present))) return { kind: 'equal' }
    const { version } = present
    return {
      kind: 'different',
      replace: async () => (await clients.replace({ ...record, version })).kind === 'replaced',
    }
  },
  insert: async () => (await clients.insert({ ...record, version: 1 })).kind === 'inserted',
})

const accountPlace = ({ accounts }: Durable, record: MovedOf<'account'>): Place => ({
  async look() {
    const present = await accounts.find(record.sub)
    // A file of the former release leaves members out that every account has now.
    if (present && isEqual(storedAccount(accountOf(record)), storedAccount(present))) return { kind: 'equal' }
    const holder = await accounts.findByEmailKey(record.emailKey)
    if (holder && holder.sub !== record.sub)
      return { kind: 'blocked', because: `its e-mail address belongs to the account ${holder.sub} here` }
    if (!present) return { kind: 'nobody' }
    const { version } = present
    return {
      kind: 'different',
      replace: async () => (await accounts.replace({ ...accountOf(record), version })).kind === 'replaced',
    }
  },
  insert: async () => (await accounts.insert(accountOf(record))).kind === 'inserted',
})

const consentPlace = ({ consents }: Durable, record: MovedOf<'consent'>): Place => {
  const find = () => consents.find(record.sub, record.clientId)
  return {
    async look() {
      const present = await find()
      if (!present) return { kind: 'nobody' }
      if (isEqual({ kind: 'consent', record }, { kind: 'consent', record: present })) return { kind: 'equal' }
      return {
        kind: 'different',
        // `add` alone would keep what was allowed here. Between the two the person would be asked again, no more.
        replace: async () => {
          if (!(await consents.remove(record.sub, record.clientId))) return false
          await consents.add(record)
          return true
        },
      }
    },
    async insert() {
      if (await find()) return false
      await consents.add(record)
      return true
    },
  }
}

const eventPlace = (
  { audit }: Durable,
  record: MovedOf<'audit'>,
  present: AuditEvent | undefined,
): Place => ({
  async look() {
    if (!present) return { kind: 'nobody' }
    if (isEqual({ kind: 'audit', record }, { kind: 'audit', record: present })) return { kind: 'equal' }
    return { kind: 'blocked', because: 'another event has this id here, and events are never changed' }
  },
  async insert() {
    if (present) return false
    await audit.append(eventOf(record))
    return true
  },
})

/** Where this record belongs in the store. */
export const placeOf = (store: Durable, { moved, event }: Beside): Place => {
  switch (moved.kind) {
    case 'document':
      return documentPlace(store, moved.record)
    case 'client':
      return clientPlace(store, moved.record)
    case 'account':
      return accountPlace(store, moved.record)
    case 'consent':
      return consentPlace(store, moved.record)
    case 'audit':
      return eventPlace(store, moved.record, event)
  }
}
