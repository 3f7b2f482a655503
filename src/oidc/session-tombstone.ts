import type { NewArtifact } from '../domain/ports.ts'

/** Milliseconds after which no request is under way any more that read the session before its end. */
const LIFE = 5 * 60_000

/**
 * What stands in the place of an ended session: a request that read the session before would save it and bring it
 * back to life.
 *
 * @param key digest of the session's uid
 * @param ends `session`: a logout, which leaves grants with `offline_access` alone; `everything`: its grants as well
 */
export const tombstone = (key: string, now: number, ends: 'session' | 'everything'): NewArtifact => ({
  model: 'Session',
  key,
  payload: { ended: ends },
  expiresAt: now + LIFE,
  grantId: undefined,
})

/** Whether grants that a late request would have saved with the session end as well. */
export const endsGrants = (payload: object): boolean => 'ended' in payload && payload.ended === 'everything'
