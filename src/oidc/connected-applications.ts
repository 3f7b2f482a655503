import type { Accounts } from '../domain/accounts.ts'
import { isBuiltIn } from '../domain/first-party.ts'
import type { Audit, Consent, ConsentStore } from '../domain/ports.ts'
import type { ApiAccess } from './api-access.ts'
import type { BackChannelLogout } from './back-channel.ts'
import type { AskedResource, Asker } from './interactions.ts'
import type { LastUse } from './last-use.ts'
import type { LivingSessions, SessionClient } from './living-sessions.ts'
import type { SessionRecord, SessionRecords } from './session-records.ts'

/** An application that may act for a person. */
export interface ConnectedApplication {
  asker: Asker
  /** OpenID scopes that the person has allowed. */
  scopes: string[]
  resources: AskedResource[]
  /** Milliseconds of the consent; undefined for an application that is signed in without one. */
  since: number | undefined
  lastUsedAt: number | undefined
}

export interface ConnectedApplications {
  /** In order of their names. */
  list(sub: string): Promise<ConnectedApplication[]>
  /**
   * Takes everything away from an application at once: consent, grants, tokens and its part of every session. It is
   * told by back-channel logout, and asks for consent when it comes again.
   *
   * @param address network address of who asks, for the audit
   * @param actor who asks, as the audit names it; the owner without it
   * @returns false if there was nothing to take away
   */
  remove(sub: string, clientId: string, address?: string, actor?: string): Promise<boolean>
}

export interface ConnectedApplicationParts {
  /** What people see of a client; undefined if it is not registered any more. */
  askerOf(clientId: string): Promise<Asker | undefined>
  consents: Pick<ConsentStore, 'find' | 'list' | 'remove'>
  accounts: Pick<Accounts, 'removeClient'>
  access: Pick<ApiAccess, 'find'>
  records: Pick<SessionRecords, 'list'>
  living: Pick<LivingSessions, 'look' | 'forget'>
  lastUse: Pick<LastUse, 'of' | 'forget'>
  tell: BackChannelLogout
  afterwards: (work: () => Promise<unknown>) => void
  audit: Audit
}

export const connectedApplications = (parts: ConnectedApplicationParts): ConnectedApplications => {
  const { askerOf, consents, accounts, access, records, living, lastUse, tell, afterwards, audit } = parts

  const browsers = async (sub: string): Promise<SessionRecord[]> =>
    (await records.list(sub)).filter(({ kind }) => kind === 'browser')

  /** Clients that hold a grant of a session that lives. */
  const inSessions = async (sub: string): Promise<Set<string>> => {
    const looks = await Promise.all((await browsers(sub)).map((record) => living.look(sub, record)))
    const holders = looks
      .flatMap((look) => look?.clients ?? [])
      .filter(({ grantId }) => grantId !== undefined)
    return new Set(holders.map(({ clientId }) => clientId).filter((clientId) => !isBuiltIn(clientId)))
  }

  const describe = async (
    sub: string,
    clientId: string,
    consent: Consent | undefined,
  ): Promise<ConnectedApplication> => {
    const [asker, lastUsedAt] = await Promise.all([askerOf(clientId), lastUse.of(sub, clientId)])
    return {
      asker: asker ?? gone(clientId),
      scopes: consent?.scopes ?? [],
      resources: Object.entries(consent?.resources ?? {})
        .filter(([, scopes]) => scopes.length > 0)
        .map(([identifier, scopes]) => ({
          identifier,
          name: access.find(identifier)?.name ?? identifier,
          scopes,
        })),
      since: consent?.updatedAt,
      lastUsedAt,
    }
  }

  const forgetInSessions = async (sub: string, clientId: string): Promise<SessionClient[]> => {
    const forgotten = (await browsers(sub)).map((record) => living.forget(sub, record, clientId))
    return (await Promise.all(forgotten)).flatMap((client) => client ?? [])
  }

  return {
    async list(sub) {
      const [agreed, holders] = await Promise.all([consents.list(sub), inSessions(sub)])
      const given = new Map(agreed.map((consent) => [consent.clientId, consent]))
      const clientIds = [...new Set([...given.keys(), ...holders])].filter((id) => !isBuiltIn(id))
      const all = await Promise.all(clientIds.map((id) => describe(sub, id, given.get(id))))
      return all.toSorted((one, other) => one.asker.name.localeCompare(other.asker.name))
    },
    async remove(sub, clientId, address, actor = sub) {
      if (isBuiltIn(clientId)) return false
      const isKnown =
        (await consents.find(sub, clientId)) !== undefined || (await inSessions(sub)).has(clientId)
      if (!isKnown) return false
      // While the consent is there, a removal that failed half-way can be repeated.
      await accounts.removeClient(sub, clientId)
      const had = await forgetInSessions(sub, clientId)
      await lastUse.forget(sub, clientId)
      await consents.remove(sub, clientId)
      // Once more: a request may have made a grant of the consent meanwhile.
      had.push(...(await forgetInSessions(sub, clientId)))
      const where = address === undefined ? {} : { address }
      audit({ type: 'consent.removed', sub, actor, clientId, ...where })
      afterwards(() => Promise.all(had.map(({ sid }) => tell(clientId, sub, sid))))
      return true
    },
  }
}

/** Its consent is still there, the client itself is not. */
const gone = (clientId: string): Asker => ({
  clientId,
  name: clientId,
  homePage: undefined,
  host: '',
  logoUri: undefined,
  policyUri: undefined,
  tosUri: undefined,
  firstParty: false,
  selfRegistered: false,
})
