import type { Log, Metrics } from '../../domain/observe.ts'
import type { Clock } from '../../domain/ports.ts'
import { Refusal } from '../../errors.ts'
import type { Finding } from '../finding.ts'
import { openMongo } from '../mongo/open.ts'
import { openRedis } from '../redis/open.ts'

export interface InspectScaleOptions {
  mongodbUrl: string
  redisUrl: string
  now: Clock
  log: Pick<Log, 'warn'>
  metrics: Pick<Metrics, 'store'>
}

/** Milliseconds to wait for a server that does not answer. */
const PATIENCE = 2_000

interface Inspected {
  inspect(): Promise<Finding[]>
  close(): Promise<void>
}

/** The message of a StartFault, or what a driver gave as the cause of its refusal: neither holds a secret. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Refusal ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

const lookAt = async (subject: string, open: () => Promise<Inspected>): Promise<Finding[]> => {
  try {
    const store = await open()
    try {
      return await store.inspect()
    } finally {
      await store.close()
    }
  } catch (error) {
    return [{ subject, state: 'fault', text: reasonOf(error) }]
  }
}

/** What an operator should know of both servers, each asked by itself: one that is away is a finding. */
export const inspectScale = async (options: InspectScaleOptions): Promise<Finding[]> => {
  const { mongodbUrl, redisUrl, ...parts } = options
  const deaf = { changed: () => undefined, added: () => undefined }
  const found = await Promise.all([
    lookAt('MongoDB', () => openMongo({ url: mongodbUrl, ...deaf, patience: PATIENCE, ...parts })),
    lookAt('Redis', async () => openRedis({ url: redisUrl, ...parts })),
  ])
  return found.flat()
}
