import type { Migration } from '../migrate.ts'

/** Accounts are looked up by the roles that they have. The table follows the records, in the same transactions. */
export const accountRoles: Migration = {
  number: 3,
  name: 'account roles',
  up: (db) =>
    db.exec(`
      create table account_roles (
        role_id text not null,
        sub text not null,
        unique (role_id, sub)
      ) strict;
      create index account_roles_sub on account_roles (sub);
      insert into account_roles (role_id, sub)
        select distinct json_extract(role.value, '$.roleId'), accounts.sub
        from accounts, json_each(accounts.record, '$.roles') as role;
    `),
}
