import type { Collection } from 'mongodb'
import { type ChangeTopic, changeTopics } from '../../domain/ports.ts'
import { DamagedRecord } from '../damaged-record.ts'
import type { Calls } from './calls.ts'
import { where } from './filter.ts'
import { MOST_TIME, type Parts } from './parts.ts'
import { number, type Stored } from './stored.ts'

export interface Intents {
  /** How often each topic was about to be changed, by any process. */
  read(): Promise<Record<ChangeTopic, number>>
  change: Parts['change']
}

/**
 * Other processes learn of changes by counters. A counter goes up before the write that it announces: so a crash
 * between the two announces a change that never came, which is harmless, and never hides one.
 *
 * @param changes the collection; its counters were made by a migration
 * @param changed hears of a change that is stored, or may be
 */
export const intents = (
  changes: Collection<Stored>,
  { run, runInTurn }: Calls,
  changed: Parts['changed'],
): Intents => {
  const intend = async (topic: ChangeTopic): Promise<void> => {
    const { matchedCount } = await changes.updateOne(where({ _id: topic }), { $inc: { count: 1 } }, MOST_TIME)
    if (matchedCount === 0) throw new DamagedRecord(`the counter of changes of ${topic} is gone`)
  }

  return {
    read: () =>
      run('changes.read', async () => {
        const all = await changes.find({}, MOST_TIME).toArray()
        const counts = new Map(all.map((stored) => [stored._id, number(stored, 'count')]))
        const [clients = 0, documents = 0, accounts = 0] = changeTopics.map((topic) => counts.get(topic))
        return { clients, documents, accounts }
      }),
    change: (topic, operation, id, work) =>
      runInTurn(operation, `${topic} ${id}`, async (inTime) => {
        await intend(topic)
        inTime()
        try {
          return await work(() => changed(topic, id))
        } catch (error) {
          // The answer is lost, the change may be there.
          changed(topic, id)
          throw error
        }
      }),
  }
}
