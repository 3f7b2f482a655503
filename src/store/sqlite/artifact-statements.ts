import type { DatabaseSync, StatementSync } from 'node:sqlite'

export interface ArtifactStatements {
  find: StatementSync
  put: StatementSync
  insert: StatementSync
  replace: StatementSync
  consume: StatementSync
  remove: StatementSync
  removeFamily: StatementSync
  mark: StatementSync
}

/** A record that is there but expired counts as absent: what replaces it starts anew. */
export const artifactStatements = (db: DatabaseSync): ArtifactStatements => ({
  find: db.prepare(
    'select payload, expires_at, grant_id, consumed_at, revision from artifacts where model = ? and key = ?',
  ),
  // ?6 is now
  put: db.prepare(
    `insert into artifacts (model, key, payload, expires_at, grant_id, revision) values (?1, ?2, ?3, ?4, ?5, 1)
     on conflict do update set
       payload = excluded.payload, expires_at = excluded.expires_at, grant_id = excluded.grant_id,
       consumed_at = case when expires_at > ?6 then consumed_at end,
       revision = case when expires_at > ?6 then revision + 1 else 1 end`,
  ),
  insert: db.prepare(
    `insert into artifacts (model, key, payload, expires_at, grant_id, revision) values (?1, ?2, ?3, ?4, ?5, 1)
     on conflict do update set
       payload = excluded.payload, expires_at = excluded.expires_at, grant_id = excluded.grant_id,
       consumed_at = null, revision = 1
     where expires_at <= ?6`,
  ),
  // ?7 is the expected revision
  replace: db.prepare(
    `update artifacts set payload = ?3, expires_at = ?4, grant_id = ?5, revision = revision + 1
     where model = ?1 and key = ?2 and revision = ?7 and expires_at > ?6`,
  ),
  consume: db.prepare(
    `update artifacts set consumed_at = ?3
     where model = ?1 and key = ?2 and consumed_at is null and expires_at > ?3`,
  ),
  remove: db.prepare('delete from artifacts where model = ? and key = ?'),
  removeFamily: db.prepare('delete from artifacts where grant_id = ? returning model, key'),
  mark: db.prepare(
    `insert into marks (kind, key, expires_at) values (?1, ?2, ?3)
     on conflict do update set expires_at = excluded.expires_at where expires_at <= ?4`,
  ),
})
