import { digest } from '../domain/digest.ts'
import type { ArtifactStore, Clock } from '../domain/ports.ts'
import { isPayloadOf } from './adapter-parts.ts'
import { isStoredSession } from './session-merge.ts'

/** More parallel tabs than this save one session at the same moment only in an attack. */
const MOST_ATTEMPTS = 50

/**
 * Lets a browser session begin anew whose person has just proved the password, so that it outlives the end of all
 * sessions before. A session that was ended meanwhile, or is another person's, stays as it is.
 *
 * @param uid of the session
 */
export const renewSession =
  ({ artifacts, now }: { artifacts: ArtifactStore; now: Clock }) =>
  async (sub: string, uid: string): Promise<void> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const found = await artifacts.find('Session', digest(uid))
      if (!found || !isPayloadOf('Session', found.payload) || !isStoredSession(found.payload)) return
      if (found.payload.accountId !== sub) return
      const { model, key, expiresAt, grantId, revision } = found
      const payload = { ...found.payload, loginTs: Math.floor(now() / 1000) }
      if (await artifacts.putIf({ model, key, payload, expiresAt, grantId }, revision)) return
    }
  }
