import { setTimeout as pause } from 'node:timers/promises'
import type { Consent, ConsentStore } from '../../domain/ports.ts'
import { refuse } from '../../errors.ts'
import { consentFrom, joinConsents } from '../consent-record.ts'
import { jsonObject } from '../damaged-record.ts'
import { anyOf, range, where } from './filter.ts'
import { isDuplicate } from './mongo-error.ts'
import { MOST_TIME, type Parts } from './parts.ts'
import { number, type Stored, text } from './stored.ts'

/** One name for the pair, whatever characters the two have. */
const idOf = (sub: string, clientId: string): string => JSON.stringify([sub, clientId])

const fromStored = (stored: Stored): Consent =>
  consentFrom(jsonObject(text(stored, 'record')), {
    sub: text(stored, 'sub'),
    clientId: text(stored, 'clientId'),
  })

const members = ({ sub, clientId, ...record }: Consent, version: number) => ({
  sub,
  clientId,
  record: JSON.stringify(record),
  version,
})

/** Of several processes that add at once, one is through at each attempt. */
const ATTEMPTS = 20
/** Milliseconds by which a loser waits longer after each attempt. */
const STEP = 2

export const consentStore = ({ collection, run, runInTurn }: Parts): ConsentStore => {
  const consents = collection('consents')
  const load = (sub: string, clientId: string) =>
    consents.findOne(where({ _id: idOf(sub, clientId) }), MOST_TIME)

  /** True unless somebody else was faster since the read. */
  const tryToAdd = async (consent: Consent): Promise<boolean> => {
    const { sub, clientId } = consent
    const _id = idOf(sub, clientId)
    const stored = await load(sub, clientId)
    const joined = joinConsents(stored ? fromStored(stored) : undefined, consent)
    if (stored) {
      const version = number(stored, 'version')
      const { matchedCount } = await consents.replaceOne(
        where({ _id, version }),
        members(joined, version + 1),
        MOST_TIME,
      )
      return matchedCount !== 0
    }
    try {
      await consents.insertOne({ _id, ...members(joined, 1) }, MOST_TIME)
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw error
    }
  }

  return {
    find: (sub, clientId) =>
      run('consents.find', async () => {
        const stored = await load(sub, clientId)
        return stored ? fromStored(stored) : undefined
      }),
    add: (consent) =>
      runInTurn('consents.add', `consents ${idOf(consent.sub, consent.clientId)}`, async (inTime) => {
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          if (await tryToAdd(consent)) return
          await pause(attempt * STEP)
          inTime()
        }
        throw refuse('busy', { retryAfter: 1 })
      }),
    list: (sub) =>
      run('consents.list', async () => {
        const all = consents.find(where({ sub }), { ...MOST_TIME, batchSize: 1000 }).sort({ clientId: 1 })
        return (await all.toArray()).map(fromStored)
      }),
    page: ({ after, limit }) =>
      run('consents.page', async () => {
        if (limit < 1) return []
        const rest = after
          ? anyOf(
              where({ sub: after.sub, clientId: range({ after: after.clientId }) }),
              where({ sub: range({ after: after.sub }) }),
            )
          : {}
        const page = consents
          .find(rest, { ...MOST_TIME, limit, singleBatch: true })
          .sort({ sub: 1, clientId: 1 })
        return (await page.toArray()).map(fromStored)
      }),
    remove: (sub, clientId) =>
      run('consents.remove', async () => {
        const { deletedCount } = await consents.deleteOne(where({ _id: idOf(sub, clientId) }), MOST_TIME)
        return deletedCount !== 0
      }),
  }
}
