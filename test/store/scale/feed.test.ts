import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ChangeTopic, changeTopics } from '../../../src/domain/ports.ts'
import { followIntents } from '../../../src/store/scale/feed.ts'

const INTERVAL = 500
/** Milliseconds within which a change takes effect after its intent. */
const UNDER_WAY = 5_000

let counts: Record<ChangeTopic, number>
let isAway: boolean
let heard: ChangeTopic[]
let warnings: string[]
let stop: () => void

const passing = async (milliseconds: number): Promise<ChangeTopic[]> => {
  heard = []
  await vi.advanceTimersByTimeAsync(milliseconds)
  return heard
}

beforeEach(async () => {
  vi.useFakeTimers()
  counts = { accounts: 7, clients: 1, documents: 3 }
  isAway = false
  heard = []
  warnings = []
  stop = await followIntents({
    intents: async () => {
      if (isAway) throw new Error('away')
      return { ...counts }
    },
    notice: (topic) => heard.push(topic),
    log: { warn: (_fields, message) => warnings.push(message) },
    pollInterval: INTERVAL,
    elapsed: () => performance.now(),
  })
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

it('tells nothing while nobody intends a change', async () => {
  expect(await passing(60_000)).toEqual([])
})

it('tells of an intended change at the next look, and again for as long as it may be under way', async () => {
  counts.clients++
  expect(await passing(INTERVAL)).toEqual(['clients'])
  const later = await passing(UNDER_WAY - INTERVAL)
  expect(later.length).toBeGreaterThanOrEqual(UNDER_WAY / INTERVAL - 2)
  expect(new Set(later)).toEqual(new Set(['clients']))
  await passing(INTERVAL)
  expect(await passing(60_000)).toEqual([])
})

it('finds what was intended while the store was away', async () => {
  isAway = true
  counts.accounts++
  expect(await passing(30_000)).toEqual([])
  isAway = false
  expect(await passing(INTERVAL)).toEqual(['accounts'])
})

it('distrusts everything after a minute without a look, says so once, and recovers', async () => {
  isAway = true
  expect(await passing(59_000)).toEqual([])
  expect(new Set(await passing(2_000))).toEqual(new Set(changeTopics))
  await passing(10_000)
  expect(warnings).toHaveLength(1)
  isAway = false
  await passing(INTERVAL)
  expect(await passing(60_000)).toEqual([])
})

it('stops when it is told to', async () => {
  stop()
  counts.documents++
  expect(await passing(60_000)).toEqual([])
})
