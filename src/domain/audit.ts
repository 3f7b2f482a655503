import { randomBytes } from 'node:crypto'
import type { Log } from './observe.ts'
import type { Audit, AuditEvent, AuditStore, Clock, Json, JsonObject } from './ports.ts'

export interface AuditParts {
  store: Pick<AuditStore, 'append'>
  log: Pick<Log, 'info' | 'error'>
  now: Clock
}

/** Takes events without making anybody wait. */
export interface AuditTrail extends Audit {
  /** Resolves when every event taken so far is stored, or logged as lost. For the end of the process. */
  settled(): Promise<void>
}

/**
 * Every security event goes to the log at once and to the store with its next commit. An event that the store refuses
 * is logged as an error with all it says; the work that caused it goes on.
 */
export const audit = ({ store, log, now }: AuditParts): AuditTrail => {
  const nextId = eventIds()
  const pending = new Set<Promise<void>>()

  const append = async (event: AuditEvent): Promise<void> => {
    try {
      await store.append(event)
    } catch (err) {
      log.error({ err, event }, 'a security event was not stored')
    }
  }

  const take: Audit = ({ type, actor, sub, clientId, address, detail = {} }) => {
    const at = now()
    const event: AuditEvent = {
      id: nextId(at),
      at,
      type,
      actor: actor && cut(actor),
      sub: sub && cut(sub),
      clientId: clientId && cut(clientId),
      address: address && cut(address),
      detail: members(detail, DEPTH),
    }
    log.info({ event }, 'security event')
    const appended = append(event).finally(() => pending.delete(appended))
    pending.add(appended)
  }

  return Object.assign(take, {
    async settled() {
      await Promise.all(pending)
    },
  })
}

/**
 * Ids that sort by time as text, in hexadecimal: 48 bits of milliseconds, 24 that count, 64 random bits. Those of one
 * process keep the order of the calls, even when the clock is set back.
 */
const eventIds = (): ((at: number) => string) => {
  let last = 0
  let count = 0
  return (at) => {
    count = at > last ? 0 : count + 1
    last = Math.max(at, last)
    return `${hex(last, 12)}${hex(count, 6)}${randomBytes(8).toString('hex')}`
  }
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const TEXT_LIMIT = 256
const MOST_MEMBERS = 20
const DEPTH = 3

const cut = (text: string): string =>
  text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT).toWellFormed()}…` : text

const bounded = (value: Json, depth: number): Json => {
  if (typeof value === 'string') return cut(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((member) => bounded(member, depth - 1))
  return members(value, depth - 1)
}

const members = (value: JsonObject, depth: number): JsonObject =>
  Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_MEMBERS)
      .map(([name, member]) => [cut(name), bounded(member, depth)]),
  )
