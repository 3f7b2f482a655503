import { refuse } from '../errors.ts'
import type { Access } from './access/access.ts'
import { type Device, deviceName } from './devices.ts'
import type { Account, AccountStore, Audit, AuditEvent, AuditStore, Clock, ConsentStore } from './ports.ts'

/** A session as its owner may see it. */
export interface SessionOfAccount {
  kind: 'browser' | 'api'
  device: Device
  address: string | undefined
  /** Milliseconds. */
  startedAt: number
  lastUsedAt: number
}

export interface AccountDataParts {
  store: {
    accounts: Pick<AccountStore, 'present'>
    consents: Pick<ConsentStore, 'list'>
    audit: Pick<AuditStore, 'list'>
  }
  access: Pick<Access, 'roles' | 'allOfPerson'>
  /** Those that live. */
  sessions: (sub: string) => Promise<readonly SessionOfAccount[]>
  audit: Audit
  issuer: string
  now: Clock
}

/** The newest events, so many at most. */
export const MOST_EVENTS = 10_000
const PAGE = 500

/**
 * Everything that is stored about a person, as one JSON document, without what would let its reader in: no hash, no
 * secret, no key, no id of a session. Who else did something to the account stays unnamed. That it was asked for is
 * written down.
 *
 * The function rejects with the refusals `not_found` or `store_unavailable`.
 */
export const accountData = (parts: AccountDataParts) => {
  const { store, access, sessions, issuer, now } = parts
  return async ({ sub, address }: { sub: string; address: string }) => {
    const account = await store.accounts.present(sub)
    if (!account) throw refuse('not_found')
    const [roles, permissions, consents, present, events] = await Promise.all([
      access.roles(sub),
      access.allOfPerson(sub),
      store.consents.list(sub),
      sessions(sub),
      newestEvents(store.audit, sub),
    ])
    parts.audit({ type: 'account.data_exported', sub, actor: sub, address })
    return {
      issuer,
      exported_at: time(now()),
      account: profile(account),
      second_factors: factors(account),
      roles,
      permissions,
      applications: consents.map(({ clientId, scopes, resources, updatedAt }) => ({
        client_id: clientId,
        scopes,
        resources,
        allowed_at: time(updatedAt),
      })),
      removed_applications: account.clientsValidAfter.map(({ clientId, at }) => ({
        client_id: clientId,
        removed_at: time(at),
      })),
      sessions: present.map(({ kind, device, address: from, startedAt, lastUsedAt }) => ({
        kind,
        device: { name: deviceName(device), kind: device.kind },
        address: from,
        started_at: time(startedAt),
        last_used_at: time(lastUsedAt),
      })),
      security_log: events.slice(0, MOST_EVENTS).map(logged(sub)),
      security_log_is_complete: events.length <= MOST_EVENTS,
    }
  }
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString()

const timeIfAny = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : time(milliseconds)

const profile = (account: Account) => ({
  sub: account.sub,
  email: account.email,
  email_verified: account.emailVerified,
  name: account.name,
  locale: account.locale,
  disabled: account.disabled,
  has_password: account.password !== undefined,
  password_changed_at: timeIfAny(account.passwordChangedAt),
  sessions_valid_after: time(account.validAfter),
  created_at: time(account.createdAt),
  updated_at: time(account.updatedAt),
})

const factors = ({ factors: { totp, recoveryCodes, passkeys } }: Account) => ({
  authenticator_app: totp && { added_at: time(totp.addedAt), last_used_at: timeIfAny(totp.lastUsedAt) },
  recovery_codes: recoveryCodes && { made_at: time(recoveryCodes.madeAt), left: recoveryCodes.left.length },
  passkeys: passkeys.map(({ name, isSynced, addedAt, lastUsedAt }) => ({
    name,
    is_synced: isSynced,
    added_at: time(addedAt),
    last_used_at: timeIfAny(lastUsedAt),
  })),
})

/** One more than are shown, if there are so many. */
const newestEvents = async (audit: Pick<AuditStore, 'list'>, sub: string): Promise<AuditEvent[]> => {
  const events: AuditEvent[] = []
  for (;;) {
    const before = events.at(-1)?.id
    const page = await audit.list({ sub, limit: PAGE, ...(before === undefined ? {} : { before }) })
    events.push(...page)
    if (page.length < PAGE || events.length > MOST_EVENTS) return events
  }
}

const logged =
  (sub: string) =>
  ({ at, type, actor, clientId, address, detail }: AuditEvent) => ({
    at: time(at),
    type,
    by: actor === undefined ? undefined : actor === sub ? 'you' : 'somebody else',
    client_id: clientId,
    address,
    detail,
  })
