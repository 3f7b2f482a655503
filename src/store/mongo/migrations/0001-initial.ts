import { changeTopics } from '../../../domain/ports.ts'
import type { Migration } from '../migrate.ts'
import { isDuplicate } from '../mongo-error.ts'
import type { Stored } from '../stored.ts'

/** `_id` is the sub, client id, name, pair or event id, and unique by itself. Times are milliseconds since the epoch. */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  async up(db) {
    await db.collection('accounts').createIndex({ emailKey: 1 }, { name: 'email_key', unique: true })
    await db.collection('consents').createIndex({ sub: 1, clientId: 1 }, { name: 'sub_client' })
    await db.collection('audit').createIndex({ sub: 1, _id: 1 }, { name: 'sub' })
    await db.collection('audit').createIndex({ type: 1, _id: 1 }, { name: 'type' })
    const changes = db.collection<Stored>('changes')
    for (const topic of changeTopics) {
      await changes.insertOne({ _id: topic, count: 0 }).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error
      })
    }
  },
}
