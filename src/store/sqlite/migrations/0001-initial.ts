import type { Migration } from '../migrate.ts'

/**
 * Rowid tables with unique keys: WITHOUT ROWID tables were slower and larger for records of this size. Times are
 * milliseconds since the epoch.
 */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  up: (db) =>
    db.exec(`
      create table accounts (
        sub text not null unique,
        email_key text not null unique,
        record text not null,
        version integer not null
      ) strict;
      create table clients (
        client_id text not null unique,
        metadata text not null,
        version integer not null
      ) strict;
      create table documents (
        name text not null unique,
        value text not null,
        version integer not null
      ) strict;
      create table consents (
        sub text not null,
        client_id text not null,
        record text not null,
        unique (sub, client_id)
      ) strict;
      create table audit (
        id text not null unique,
        at integer not null,
        type text not null,
        actor text,
        sub text,
        client_id text,
        address text,
        detail text not null
      ) strict;
      create index audit_sub on audit (sub, id) where sub is not null;
      create index audit_type on audit (type, id);
      create table artifacts (
        model text not null,
        key text not null,
        payload text not null,
        expires_at integer not null,
        grant_id text,
        consumed_at integer,
        revision integer not null,
        unique (model, key)
      ) strict;
      create index artifacts_expiry on artifacts (expires_at);
      create index artifacts_family on artifacts (grant_id) where grant_id is not null;
      create table marks (
        kind text not null,
        key text not null,
        expires_at integer not null,
        unique (kind, key)
      ) strict;
      create index marks_expiry on marks (expires_at);
      create table counters (
        key text not null unique,
        count integer not null,
        reset_at integer not null
      ) strict;
      create index counters_expiry on counters (reset_at);
    `),
}
