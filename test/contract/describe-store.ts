import { afterEach, beforeEach, describe } from 'vitest'
import type { Clock, Store } from '../../src/domain/ports.ts'
import { describeAccounts } from './accounts.ts'
import { describeArtifactRaces } from './artifact-races.ts'
import { describeArtifacts } from './artifacts.ts'
import { describeAudit } from './audit.ts'
import { describeClients } from './clients.ts'
import { describeConsents } from './consents.ts'
import { describeCounters } from './counters.ts'
import { describeDocuments } from './documents.ts'
import { describeLifecycle } from './lifecycle.ts'
import { START, type TestStore } from './open-for-test.ts'

/**
 * What every driver promises.
 *
 * @param open a new, empty store that reads its time from `now`; the suite closes it
 */
export const describeStore = (name: string, open: (now: Clock) => Promise<Store>): void => {
  describe(`store: ${name}`, () => {
    let present: TestStore | undefined
    beforeEach(async () => {
      const time = { now: START }
      present = { store: await open(() => time.now), time }
    })
    afterEach(async () => {
      await present?.store.close()
    })
    const current = (): TestStore => {
      if (!present) throw new Error('the store is opened before each test')
      return present
    }
    describeAccounts(current)
    describeClients(current)
    describeDocuments(current)
    describeConsents(current)
    describeAudit(current)
    describeArtifacts(current)
    describeArtifactRaces(current)
    describeCounters(current)
    describeLifecycle(current)
  })
}
