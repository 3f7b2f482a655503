import type { Accounts } from '../domain/accounts.ts'
import { type Device, deviceName, deviceOf } from '../domain/devices.ts'
import type { Audit } from '../domain/ports.ts'
import type { BackChannelLogout } from './back-channel.ts'
import type { LivingSessions, SessionClient } from './living-sessions.ts'
import type { SessionRecord, SessionRecords } from './session-records.ts'

/** A session as its owner sees it. */
export interface AccountSession {
  /** Random; names the session to its owner. */
  id: string
  kind: 'browser' | 'api'
  /** Uid of the engine's session, or id of the grant: never shown. */
  reference: string
  device: Device
  address: string | undefined
  /** Milliseconds. */
  startedAt: number
  lastUsedAt: number
}

export interface AccountSessions {
  /** Those that live, the newest first. */
  list(sub: string): Promise<AccountSession[]>
  /**
   * Ends a session with every grant that it gave; clients with back-channel logout are told.
   *
   * @param address network address of who asks, for the audit
   * @returns false if this person has no such session
   */
  end(sub: string, id: string, address?: string): Promise<boolean>
  /**
   * Ends all others.
   *
   * @param keep references of the sessions that stay
   * @returns how many were ended
   */
  endOthers(sub: string, keep: readonly string[], address?: string): Promise<number>
  /**
   * Ends every session, grant and token of the account, everywhere.
   *
   * @param actor who does it, as the audit names it; the owner without it
   */
  endAll(sub: string, address?: string, actor?: string): Promise<void>
  /** After the account has ended its sessions (`validAfter`): tells their clients, and cleans up. */
  tellEnded(sub: string): Promise<void>
}

export interface AccountSessionParts {
  records: Pick<SessionRecords, 'list' | 'drop'>
  living: Pick<LivingSessions, 'look' | 'end'>
  accounts: Pick<Accounts, 'endEverything'>
  tell: BackChannelLogout
  /** Clients that are slow hold nobody up. */
  afterwards: (work: () => Promise<unknown>) => void
  audit: Audit
}

export const accountSessions = (parts: AccountSessionParts): AccountSessions => {
  const { records, living, accounts, tell, afterwards, audit } = parts

  const split = async (sub: string) => {
    const all = await records.list(sub)
    const looks = await Promise.all(
      all.map(async (record) => ({ record, look: await living.look(sub, record) })),
    )
    return {
      alive: looks.flatMap(({ record, look }) => (look ? [{ ...record, lastUsedAt: look.lastUsedAt }] : [])),
      dead: looks.flatMap(({ record, look }) => (look ? [] : [record])),
    }
  }

  /** Ends what lives of them, then forgets them; resolves with those that no other caller has ended. */
  const endThese = async (sub: string, ending: readonly SessionRecord[]): Promise<SessionRecord[]> => {
    const clients = (await Promise.all(ending.map((record) => living.end(sub, record)))).flat()
    const dropped = await records.drop(
      sub,
      ending.map(({ reference }) => reference),
    )
    if (clients.length > 0) afterwards(() => tellAll(sub, clients, tell))
    return dropped
  }

  const tellEnded = async (sub: string): Promise<void> => {
    const { dead } = await split(sub)
    await endThese(sub, dead)
  }

  return {
    async list(sub) {
      const { alive } = await split(sub)
      return alive.map(described).toSorted((one, other) => other.startedAt - one.startedAt)
    },
    async end(sub, id, address) {
      const record = (await records.list(sub)).find((one) => one.id === id)
      if (!record) return false
      const [dropped] = await endThese(sub, [record])
      if (!dropped) return false
      const { kind, userAgent } = dropped
      const detail = { kind, device: deviceName(deviceOf(userAgent)) }
      audit({ type: 'session.ended', sub, actor: sub, ...from(address), detail })
      return true
    },
    async endOthers(sub, keep, address) {
      const { alive, dead } = await split(sub)
      const others = [...alive, ...dead].filter(({ reference }) => !keep.includes(reference))
      const ended = await endThese(sub, others)
      const count = alive.filter(({ id }) => ended.some((one) => one.id === id)).length
      audit({
        type: 'sessions.ended',
        sub,
        actor: sub,
        ...from(address),
        detail: { which: 'others', count },
      })
      return count
    },
    async endAll(sub, address, actor = sub) {
      await accounts.endEverything(sub)
      audit({ type: 'sessions.ended', sub, actor, ...from(address), detail: { which: 'all' } })
      // It has happened: the rest is news for others, and cleaning.
      afterwards(() => tellEnded(sub))
    },
    tellEnded,
  }
}

const from = (address: string | undefined) => (address === undefined ? {} : { address })

const described = ({ id, kind, reference, userAgent, address, startedAt, lastUsedAt }: SessionRecord) => ({
  id,
  kind,
  reference,
  device: deviceOf(userAgent),
  address,
  startedAt,
  lastUsedAt,
})

/** So many clients are told at the same moment. */
const TOLD_AT_ONCE = 20

const tellAll = async (
  sub: string,
  clients: readonly SessionClient[],
  tell: BackChannelLogout,
): Promise<void> => {
  for (let first = 0; first < clients.length; first += TOLD_AT_ONCE) {
    const some = clients.slice(first, first + TOLD_AT_ONCE)
    await Promise.all(some.map(({ clientId, sid }) => tell(clientId, sub, sid)))
  }
}
