import type { Db } from 'mongodb'
import type { Clock } from '../../domain/ports.ts'
import type { Finding } from '../finding.ts'

/** Milliseconds; beyond, times that one machine writes are wrong for another. */
const MOST_SKEW = 1000
const OLDEST = 5

const version = (answer: unknown): Finding => {
  const subject = 'MongoDB version'
  const text = typeof answer === 'string' ? answer : 'unknown'
  if (Number.parseInt(text, 10) >= OLDEST) return { subject, state: 'fine', text }
  return { subject, state: 'warning', text: `${text}; ${OLDEST}.0 or newer is tested` }
}

const topology = (setName: unknown, kind: unknown): Finding => {
  const subject = 'MongoDB replica set'
  if (typeof setName === 'string') return { subject, state: 'fine', text: setName }
  if (kind === 'isdbgrid') return { subject, state: 'fine', text: 'a sharded cluster' }
  return {
    subject,
    state: 'warning',
    text: 'a standalone server: what is acknowledged is lost with its disk, and a write whose answer is lost is not sent again; run a replica set, of three machines where data must outlive one of them',
  }
}

const skew = (localTime: unknown, before: number, after: number): Finding => {
  const subject = 'MongoDB clock'
  if (!(localTime instanceof Date))
    return { subject, state: 'warning', text: 'the server does not tell its time' }
  const theirs = localTime.getTime()
  // The answer was made at some time between the two.
  const apart = theirs < before ? before - theirs : Math.max(0, theirs - after)
  if (apart <= MOST_SKEW) return { subject, state: 'fine', text: `${apart} ms apart` }
  return {
    subject,
    state: 'warning',
    text: `${apart} ms apart from this machine; let both follow the same time servers (NTP)`,
  }
}

/** What an operator should know of the server. */
export const inspectServer = async (db: Db, now: Clock): Promise<Finding[]> => {
  const { version: number } = await db.admin().command({ buildInfo: 1 })
  const before = now()
  const hello = await db.admin().command({ hello: 1 })
  return [version(number), topology(hello.setName, hello.msg), skew(hello.localTime, before, now())]
}
