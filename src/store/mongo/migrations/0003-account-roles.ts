import type { Migration } from '../migrate.ts'

/** Accounts are looked up by the roles that they have. */
export const accountRoles: Migration = {
  number: 3,
  name: 'account roles',
  async up(db) {
    await db.collection('accounts').createIndex({ 'roles.roleId': 1, _id: 1 }, { name: 'roles' })
  },
}
