import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { malformed, type Scheme, tooCostly } from './scheme.ts'

/** Version `2x` is of a faulty implementation, and nobody should have any left. */
const FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

const LEAST_COST = 4
/** About a second of work. */
const MOST_COST = 14

const WORKER = new URL('./bcrypt-worker.ts', import.meta.url)

/** What a thread is asked. */
export interface BcryptQuestion {
  password: string
  hash: string
}

/** It computes in JavaScript, so it does in a thread of its own: the server would stand still meanwhile. */
const compare = async (workerData: BcryptQuestion): Promise<boolean> => {
  const worker = new Worker(WORKER, { workerData })
  const [isRight] = await once(worker, 'message')
  return isRight === true
}

/**
 * bcrypt. As everywhere, it looks at the first 72 bytes of a password in UTF-8 and no further: whoever had a longer
 * one gets in by it, and the argon2id hash that is made then is of the whole. A NUL ends no password here, as it did in
 * old implementations; a sign-in refuses it anyway.
 */
export const bcryptHash: Scheme = (text) => {
  if (!/^\$2[a-z]?\$/.test(text)) return undefined
  const cost = Number(FORM.exec(text)?.[1] ?? 0)
  if (cost < LEAST_COST) return malformed
  if (cost > MOST_COST) return tooCostly
  return { kind: 'usable', verify: (password) => compare({ password, hash: text }) }
}
