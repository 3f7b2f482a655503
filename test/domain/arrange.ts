import { argon2Hasher } from '../../src/adapters/argon2-hasher.ts'
import { accounts } from '../../src/domain/accounts.ts'
import { limits } from '../../src/domain/limits.ts'
import { passwordPolicy } from '../../src/domain/password-policy.ts'
import type { Audit, Hasher } from '../../src/domain/ports.ts'
import { START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

export const GOOD_PASSWORD = 'seven quiet otters'

/** Counts what the real hasher is asked to do. */
const counted = (hasher: Hasher) => {
  const calls = { hash: 0, verify: 0, verifyNothing: 0 }
  const counting: Hasher = {
    ...hasher,
    hash: (password) => {
      calls.hash += 1
      return hasher.hash(password)
    },
    verify: (phc, password) => {
      calls.verify += 1
      return hasher.verify(phc, password)
    },
    verifyNothing: (password) => {
      calls.verifyNothing += 1
      return hasher.verifyNothing(password)
    },
  }
  return { hasher: counting, calls }
}

/** The rules of accounts on a real store and a cheap hasher. */
export const arrange = async ({ concurrency = 2, queue = 1000 } = {}) => {
  const time = { now: START }
  const now = () => time.now
  const store = await openTestStore({ now })
  const options = { timeCost: 1, parallelism: 1, concurrency, queue, metrics: { hashQueue: () => undefined } }
  const weaker = argon2Hasher({ ...options, memoryKib: 64 })
  const { hasher, calls } = counted(argon2Hasher({ ...options, memoryKib: 256 }))
  const events: Parameters<Audit>[0][] = []
  let last = 0
  return {
    time,
    store,
    hasher,
    weaker,
    calls,
    events,
    audit: (event: Parameters<Audit>[0]) => {
      events.push(event)
    },
    policy: passwordPolicy({ minLength: 15, contextWords: ['Gatehouse'] }),
    limits: limits({
      counters: store.counters,
      now,
      settings: {
        signInAccountPrefix: 20,
        signInAccount: 100,
        signInPrefix: 300,
        registrationPrefix: 60,
        codeAccount: 5,
        mailAccount: 5,
        mailPrefix: 60,
      },
    }),
    accounts: accounts({
      store: store.accounts,
      hasher,
      now,
      newSub: () => {
        last += 1
        return `sub-${last}`
      },
    }),
  }
}

export type Arranged = Awaited<ReturnType<typeof arrange>>
