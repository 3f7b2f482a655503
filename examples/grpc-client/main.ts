import { openAccess } from './access.ts'
import { settings } from './settings.ts'

const [user = 'kim@example.com', permission = 'records:read', ...given] = process.argv.slice(2)
const records = given.length > 0 ? given : ['record-1', 'record-2']

const access = openAccess(settings)
try {
  const decisions = await access.decide(records.map((record) => ({ user, permission, record })))
  for (const [at, record] of records.entries())
    console.log(`${user} ${decisions[at] ? 'may' : 'may not'} ${permission} ${record}`)
} catch (error) {
  // Whoever does not know refuses.
  console.error(`no decision: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  access.close()
}
