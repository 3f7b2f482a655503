import type { Migration } from '../migrate.ts'

/** Deletions are looked up by the time at which they are due, events by who acted. */
export const accountLife: Migration = {
  number: 2,
  name: 'account life',
  async up(db) {
    await db.collection('accounts').createIndex({ 'deletion.due': 1 }, { name: 'deletion_due', sparse: true })
    await db.collection('audit').createIndex({ actor: 1, _id: 1 }, { name: 'actor' })
  },
}
