import { afterEach, beforeEach, describe } from 'vitest'
import { describeAccounts } from '../../contract/accounts.ts'
import { describeAudit } from '../../contract/audit.ts'
import { describeClients } from '../../contract/clients.ts'
import { describeConsents } from '../../contract/consents.ts'
import { describeDocuments } from '../../contract/documents.ts'
import { START, type TestStore } from '../../contract/open-for-test.ts'
import { scaleUrls, services } from '../../support/services/index.ts'
import { openTestStore } from '../sqlite/data-dir.ts'
import { openForTest } from './database.ts'

describe.skipIf(!services())('the durable ports on MongoDB', () => {
  let present: TestStore | undefined
  beforeEach(async () => {
    const time = { now: START }
    const now = () => time.now
    // Nothing here asks the expiring ports, so those of any driver do.
    const expiring = await openTestStore({ now })
    // Twenty writers of one record wait for each other, on a machine that may have other work.
    const durable = await openForTest(scaleUrls().MONGODB_URL, { now, limit: 10_000 })
    present = { store: { ...expiring, ...durable }, time }
  })
  afterEach(() => present?.store.close())
  const current = (): TestStore => {
    if (!present) throw new Error('the store is opened before each test')
    return present
  }
  describeAccounts(current)
  describeClients(current)
  describeDocuments(current)
  describeConsents(current)
  describeAudit(current)
})
