import type { DocumentStore, VersionedDocument } from '../../domain/ports.ts'
import { jsonObject } from '../damaged-record.ts'
import { where } from './filter.ts'
import { isDuplicate } from './mongo-error.ts'
import { MOST_TIME, type Parts } from './parts.ts'
import { number, type Stored, text } from './stored.ts'

const fromStored = (stored: Stored): VersionedDocument => ({
  value: jsonObject(text(stored, 'value')),
  version: number(stored, 'version'),
})

export const documentStore = ({ collection, run, change }: Parts): DocumentStore => {
  const documents = collection('documents')

  const insert = async (name: string, value: string): Promise<boolean> => {
    try {
      await documents.insertOne({ _id: name, value, version: 1 }, MOST_TIME)
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw error
    }
  }
  const replace = async (name: string, value: string, expected: number): Promise<boolean> => {
    const { matchedCount } = await documents.replaceOne(
      where({ _id: name, version: expected }),
      { value, version: expected + 1 },
      MOST_TIME,
    )
    return matchedCount !== 0
  }

  return {
    read: (name) =>
      run('documents.read', async () => {
        const found = await documents.findOne(where({ _id: name }), MOST_TIME)
        return found ? fromStored(found) : undefined
      }),
    list: () =>
      run('documents.list', async () => {
        const all = documents.find({}, { ...MOST_TIME, batchSize: 1000 }).sort({ _id: 1 })
        return (await all.toArray()).map((stored) => ({ name: text(stored, '_id'), ...fromStored(stored) }))
      }),
    write: (name, value, expected) =>
      change('documents', 'documents.write', name, async (stored) => {
        const json = JSON.stringify(value)
        const hasWon = await (expected === 0 ? insert(name, json) : replace(name, json, expected))
        if (hasWon) stored()
        return hasWon
      }),
  }
}
