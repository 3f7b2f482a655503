import { digest } from '../digest.ts'
import type { Account, ArtifactStore, Clock, Sealer } from '../ports.ts'
import { newSecret, sealedSecret } from './totp.ts'

export interface PendingTotpParts {
  artifacts: Pick<ArtifactStore, 'putIf' | 'find' | 'takeOnce'>
  sealer: Pick<Sealer, 'seal' | 'open'>
  now: Clock
}

export interface PendingSecret {
  sealed: string
  /** Base32. */
  secret: string
}

/** Whose secret it is, and where it was shown: another browser of the account must not learn it. */
export type Owner = Pick<Account, 'sub' | 'validAfter'> & { place: string }

/** Secrets that wait for their first code. */
export interface PendingSecrets {
  find(owner: Owner): Promise<PendingSecret | undefined>
  /** The one that waits, or a new one. */
  begin(owner: Owner): Promise<PendingSecret>
  /** Whether this caller is the one to install it. */
  take(owner: Owner, pending: PendingSecret): Promise<boolean>
}

const MODEL = 'TotpEnrolment'
/** Milliseconds. */
const LIFETIME = 15 * 60_000

export const pendingSecrets = ({ artifacts, sealer, now }: PendingTotpParts): PendingSecrets => {
  const { seal, open } = sealedSecret(sealer, 'pending')
  // What ends sessions ends this, too: whoever had the account before must not know the secret of its owner (C-15).
  const keyOf = ({ sub, validAfter, place }: Owner): string =>
    digest(JSON.stringify([sub, validAfter, place]))

  const find: PendingSecrets['find'] = async (owner) => {
    const sealed = (await artifacts.find(MODEL, keyOf(owner)))?.payload.sealed
    return typeof sealed === 'string' ? { sealed, secret: open(owner.sub, sealed) } : undefined
  }

  return {
    find,
    async begin(owner) {
      for (;;) {
        const pending = await find(owner)
        if (pending) return pending
        const payload = { sealed: seal(owner.sub, newSecret()) }
        const expiresAt = now() + LIFETIME
        // Of two pages that begin at once one gets through, and both show its secret.
        await artifacts.putIf({ model: MODEL, key: keyOf(owner), payload, expiresAt, grantId: undefined }, 0)
      }
    },
    async take(owner, { sealed }) {
      const taken = await artifacts.takeOnce(MODEL, keyOf(owner))
      return taken?.payload.sealed === sealed
    },
  }
}
