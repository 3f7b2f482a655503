import { addressPrefix } from '../domain/address-prefix.ts'
import { cleanUserAgent } from '../domain/devices.ts'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { SignInPlace } from '../domain/known-devices.ts'
import type { Audit } from '../domain/ports.ts'
import type { FamilyNotes } from './first-party-tokens.ts'
import type { SessionRecords } from './session-records.ts'

export interface FamilyNoteParts {
  records: Pick<SessionRecords, 'started' | 'drop'>
  /** Takes note of the device; makes nobody wait. */
  seen(sub: string, place: SignInPlace): void
  afterwards: (work: () => Promise<unknown>) => void
  audit: Audit
}

/** Families of the REST API in the list of sessions. Programs keep no cookie: what they say and their network tell them apart. */
export const familyNotes = ({ records, seen, afterwards, audit }: FamilyNoteParts): FamilyNotes => ({
  async started(sub, { family, userAgent, address }) {
    await records.started(sub, { kind: 'api', reference: family, userAgent, address })
    const deviceId = JSON.stringify(['program', cleanUserAgent(userAgent), addressPrefix(address)])
    seen(sub, { deviceId, userAgent, address })
  },
  ended(sub, family) {
    audit({
      type: 'session.ended',
      sub,
      actor: sub,
      clientId: FIRST_PARTY_CLIENT,
      detail: { kind: 'api' },
    })
    afterwards(() => records.drop(sub, [family]))
  },
})
