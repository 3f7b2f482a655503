import { describe } from 'vitest'
import { mongoMissing } from '../../support/services/mongo.ts'

const missing = mongoMissing()
if (missing !== undefined && process.env.REQUIRE_SERVICES === '1') throw new Error(missing)
if (missing !== undefined) console.warn(`Skipped what harms a MongoDB server of its own: ${missing}`)

/** `describe` for suites that start, kill or cut off a server of their own; skipped where none can be started. */
export const describeWithMongo = describe.skipIf(missing !== undefined)
