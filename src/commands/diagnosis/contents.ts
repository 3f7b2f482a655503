import type { Foundation } from '../../build.ts'
import { isBegun } from '../../domain/pending-deletion.ts'
import { type Diagnosis, diagnosis } from './diagnosis.ts'

export const diagnoseSigningKeys = ({ signingKeys }: Foundation): Promise<Diagnosis> =>
  diagnosis('Signing keys', async () => {
    const keys = await signingKeys.list()
    if (keys.length === 0) {
      return { warning: 'there are none yet', advice: 'The first start of the server makes them.' }
    }
    // Opens every one of them; there are some, so none is made.
    await signingKeys.load()
    const current = keys.filter(({ state }) => state === 'current').map(({ alg }) => alg)
    return { text: `${current.join(' and ')} sign; ${keys.length} are published, and all can be opened` }
  })

export const diagnoseAdmin = ({ access, store }: Foundation): Promise<Diagnosis> =>
  diagnosis('Administrator', async () => {
    // An edit that changes nothing writes nothing.
    const { subs } = await access.changeAdmins((present) => present)
    const holders = await Promise.all(subs.map((sub) => store.accounts.find(sub)))
    const present = holders.filter((holder) => holder !== undefined && !holder.disabled).length
    if (present > 0) return { text: `${present}` }
    return {
      warning: 'there is none',
      advice: 'Make one with: gatehouse account create --email <address> --role admin',
    }
  })

/** Milliseconds by which a running server is never late. */
const LATE = 3_600_000

/** A server removes what is due within minutes, and writes down when it has begun. */
export const diagnoseDeletions = ({ now, store }: Foundation): Promise<Diagnosis> =>
  diagnosis('Deletions', async () => {
    const since = now() - LATE
    const due = await store.accounts.due({ before: since, limit: 100 })
    const late = due.filter(({ deletion, updatedAt }) => !isBegun(deletion) || updatedAt <= since).length
    if (late === 0) return { text: 'none is late' }
    return {
      warning: `${late === 100 ? 'at least 100' : late} accounts should have been removed over an hour ago`,
      advice: 'Start the server, which removes them; if it runs, its log says why it could not.',
    }
  })

/** Milliseconds. */
const TOLERANCE = 60_000

/** A clock that is behind what it once wrote has been set back: tokens would live too long, and used codes come back. */
export const diagnoseClock = ({ now, signingKeys, store }: Foundation): Promise<Diagnosis> =>
  diagnosis('Clock', async () => {
    const [keys, [newest]] = await Promise.all([signingKeys.list(), store.audit.list({ limit: 1 })])
    const latest = Math.max(0, newest?.at ?? 0, ...keys.map(({ since }) => since))
    const present = now()
    if (latest <= present + TOLERANCE) return { text: new Date(present).toISOString() }
    return {
      fault: `it shows ${new Date(present).toISOString()}, and something was stored at ${new Date(latest).toISOString()}`,
      advice: 'Set the clock of this machine, and let it follow a time server (NTP).',
    }
  })
