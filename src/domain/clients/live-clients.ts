import { isDeepStrictEqual } from 'node:util'
import type { ClientRecord, ClientStore, Store } from '../ports.ts'

export interface LiveClient<View> {
  view: View
  /** Another number for every state of the record, also when it was removed in between. */
  revision: number
}

interface Entry<View> extends LiveClient<View> {
  record: ClientRecord
  /** Count of notices when it was read. */
  asOf: number
}

/** Clients in memory, as seen through `viewOf`. */
export interface LiveClients<View> {
  find(clientId: string): Promise<LiveClient<View> | undefined>
  /** Something may have changed: each client is read again before it is next used. */
  notice(): void
}

/** Keeps the clients that were asked for; ids without a client are not kept, so that strangers fill no memory. */
export const liveClients = <View>(
  { store, onChange }: { store: Pick<ClientStore, 'find'>; onChange: Store['onChange'] },
  viewOf: (record: ClientRecord) => View,
): LiveClients<View> => {
  const entries = new Map<string, Entry<View>>()
  let notices = 0
  let revisions = 0
  const notice = (): void => {
    notices++
  }
  onChange((topic) => {
    if (topic === 'clients') notice()
  })

  const entryOf = (record: ClientRecord, asOf: number): Entry<View> => {
    const known = entries.get(record.clientId)
    if (known && isDeepStrictEqual(known.record, record)) return { ...known, asOf }
    revisions++
    return { record, view: viewOf(record), revision: revisions, asOf }
  }

  return {
    async find(clientId) {
      const known = entries.get(clientId)
      if (known?.asOf === notices) return known
      const asOf = notices
      const record = await store.find(clientId)
      if (!record) {
        entries.delete(clientId)
        return undefined
      }
      const entry = entryOf(record, asOf)
      entries.set(clientId, entry)
      return entry
    },
    notice,
  }
}
