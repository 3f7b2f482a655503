import { z } from 'zod'
import { digest } from '../../../domain/digest.ts'
import type { ArtifactStore, Clock, Sealer } from '../../../domain/ports.ts'
import type { Visit } from '../session.ts'

/** What a page has to say later in the same visit, to nobody else. */
export interface WaitingFacts {
  /** Recovery codes to show, for 15 minutes or until they are put away. */
  keepCodes(visit: Visit, codes: readonly string[]): Promise<void>
  codes(visit: Visit): Promise<string[] | undefined>
  dropCodes(visit: Visit): Promise<void>
  /** A passkey is gone: its device may forget it, too. */
  keepGone(visit: Visit, credentialId: string): Promise<void>
  /** The id of such a passkey, once. */
  takeGone(visit: Visit): Promise<string | undefined>
}

const CODES = 'NewRecoveryCodes'
const GONE = 'RemovedPasskey'
const PURPOSE = 'new recovery codes'
/** Milliseconds. */
const LIFETIME = 15 * 60_000

export const waitingFacts = ({
  artifacts,
  sealer,
  now,
}: {
  artifacts: ArtifactStore
  sealer: Sealer
  now: Clock
}): WaitingFacts => {
  const keyOf = ({ id }: Visit): string => digest(id)
  const keep = (model: string, visit: Visit, payload: object) =>
    artifacts.put({
      model,
      key: keyOf(visit),
      payload: { ...payload },
      expiresAt: now() + LIFETIME,
      grantId: undefined,
    })
  return {
    keepCodes: (visit, codes) =>
      keep(CODES, visit, { sealed: sealer.seal(PURPOSE, keyOf(visit), JSON.stringify(codes)) }),
    async codes(visit) {
      const sealed = (await artifacts.find(CODES, keyOf(visit)))?.payload.sealed
      if (typeof sealed !== 'string') return undefined
      return z.array(z.string()).parse(JSON.parse(sealer.open(PURPOSE, keyOf(visit), sealed)))
    },
    dropCodes: (visit) => artifacts.remove(CODES, keyOf(visit)),
    keepGone: (visit, credentialId) => keep(GONE, visit, { credentialId }),
    async takeGone(visit) {
      const id = (await artifacts.takeOnce(GONE, keyOf(visit)))?.payload.credentialId
      return typeof id === 'string' ? id : undefined
    },
  }
}
