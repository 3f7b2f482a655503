import type { Migration } from '../migrate.ts'

/** Deletions are looked up by the time at which they are due, events by who acted. */
export const accountLife: Migration = {
  number: 2,
  name: 'account life',
  up: (db) =>
    db.exec(`
      alter table accounts add column deletion_due integer;
      create index accounts_deletion on accounts (deletion_due) where deletion_due is not null;
      create index audit_actor on audit (actor, id) where actor is not null;
    `),
}
