import type { ClientRecord, ClientStore } from '../../domain/ports.ts'
import { jsonObject } from '../damaged-record.ts'
import { where } from './filter.ts'
import { isDuplicate } from './mongo-error.ts'
import { MOST_TIME, type Parts } from './parts.ts'
import { number, type Stored, text } from './stored.ts'

const fromStored = (stored: Stored): ClientRecord => ({
  clientId: text(stored, '_id'),
  metadata: jsonObject(text(stored, 'metadata')),
  version: number(stored, 'version'),
})

/** Metadata is one text: names of its members may hold what MongoDB gives a meaning, such as dots. */
export const clientStore = ({ collection, run, change }: Parts): ClientStore => {
  const clients = collection('clients')
  return {
    insert: ({ clientId, metadata }) =>
      change('clients', 'clients.insert', clientId, async (stored) => {
        try {
          await clients.insertOne(
            { _id: clientId, metadata: JSON.stringify(metadata), version: 1 },
            MOST_TIME,
          )
        } catch (error) {
          if (isDuplicate(error)) return { kind: 'taken' }
          throw error
        }
        stored()
        return { kind: 'inserted' }
      }),
    find: (clientId) =>
      run('clients.find', async () => {
        const found = await clients.findOne(where({ _id: clientId }), MOST_TIME)
        return found ? fromStored(found) : undefined
      }),
    replace: ({ clientId, metadata, version }) =>
      change('clients', 'clients.replace', clientId, async (stored) => {
        const { matchedCount } = await clients.replaceOne(
          where({ _id: clientId, version }),
          { metadata: JSON.stringify(metadata), version: version + 1 },
          MOST_TIME,
        )
        if (matchedCount === 0) return { kind: 'stale' }
        stored()
        return { kind: 'replaced' }
      }),
    list: () =>
      run('clients.list', async () => {
        const all = clients.find({}, { ...MOST_TIME, batchSize: 1000 }).sort({ _id: 1 })
        return (await all.toArray()).map(fromStored)
      }),
    remove: (clientId) =>
      change('clients', 'clients.remove', clientId, async (stored) => {
        const { deletedCount } = await clients.deleteOne(where({ _id: clientId }), MOST_TIME)
        if (deletedCount === 0) return false
        stored()
        return true
      }),
  }
}
