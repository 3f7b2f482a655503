import { setTimeout as pause } from 'node:timers/promises'
import type { MongoClient } from 'mongodb'
import type { Log } from '../../domain/observe.ts'
import { StartFault, StoreAwayFault } from '../start-fault.ts'
import { newClient } from './client.ts'
import { isMongoFault, isSignInRefused } from './mongo-error.ts'
import { hostsOf } from './url.ts'

/** Milliseconds between tries. */
const PAUSE = 400
/** Milliseconds between lines about tries that fail. */
const QUIET = 5000

export interface ConnectOptions {
  url: string
  log: Pick<Log, 'warn'>
  /** Milliseconds after which a start is given up. */
  patience: number
}

/**
 * Connects to the primary; a server that starts at the same time may come later.
 *
 * @throws StartFault if it does not answer in time or refuses the user
 */
export const connect = async ({ url, log, patience }: ConnectOptions): Promise<MongoClient> => {
  const deadline = performance.now() + patience
  let quietUntil = 0
  for (;;) {
    const outcome = await tryOnce(url)
    if (outcome.kind === 'connected') return outcome.client
    if (performance.now() + PAUSE > deadline) throw awayFault(url, patience, outcome.cause)
    if (performance.now() >= quietUntil) {
      log.warn({ err: outcome.cause }, `MongoDB at ${hostsOf(url)} does not answer yet`)
      quietUntil = performance.now() + QUIET
    }
    await pause(PAUSE)
  }
}

type Outcome = { kind: 'connected'; client: MongoClient } | { kind: 'away'; cause: unknown }

const tryOnce = async (url: string): Promise<Outcome> => {
  const client = newClient(url)
  try {
    await client.connect()
    return { kind: 'connected', client }
  } catch (error) {
    await client.close()
    throwIfHopeless(url, error)
    return { kind: 'away', cause: error }
  }
}

const throwIfHopeless = (url: string, error: unknown): void => {
  if (isSignInRefused(error)) {
    throw new StartFault(
      `MongoDB at ${hostsOf(url)} refuses the user or password of MONGODB_URL; check both, and authSource if the user ` +
        'lives in another database',
      { cause: error },
    )
  }
  if (!isMongoFault(error)) throw error
}

const awayFault = (url: string, patience: number, cause: unknown): StartFault => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StoreAwayFault(
    `MongoDB at ${hostsOf(url)} has not answered within ${Math.ceil(patience / 1000)} s: ${reason}`,
    { cause },
  )
}
