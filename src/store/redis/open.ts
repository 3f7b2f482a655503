import { randomUUID } from 'node:crypto'
import type { Log, Metrics } from '../../domain/observe.ts'
import type { ArtifactStore, ChangeTopic, Clock, CounterStore } from '../../domain/ports.ts'
import type { Finding } from '../finding.ts'
import { artifactStore } from './artifacts.ts'
import { type CallsParts, calls } from './calls.ts'
import { confirm } from './confirm.ts'
import { connect, connectListener } from './connection.ts'
import { counterStore } from './counters.ts'
import { inspectClocks, inspectServers } from './inspect.ts'
import { keys } from './keys.ts'
import { type ChangeListener, messageOf, messages } from './messages.ts'
import type { Parts } from './parts.ts'
import { type Processes, processes } from './processes.ts'
import { reach } from './reach.ts'
import { parseRedisUrl } from './url.ts'

export interface OpenRedisOptions {
  /** See `parseRedisUrl`. */
  url: string
  now: Clock
  log: Pick<Log, 'warn'>
  metrics: Pick<Metrics, 'store'>
  /** Names this process among those that share the Redis; without one it is not registered. */
  id?: string | undefined
}

/** The expiring half of scale mode. */
export interface RedisStore {
  artifacts: ArtifactStore
  counters: CounterStore
  /** Tells every other process; not certain to arrive. */
  publish(topic: ChangeTopic, id: string): void
  /** Calls `listener` for what others published, and for every topic when something may have been missed. */
  onTopic(listener: ChangeListener): () => void
  ping(): Promise<void>
  /** What an operator should know. */
  inspect(): Promise<Finding[]>
  /** Waits for the calls under way, at most a second; later calls reject with `store_unavailable`. */
  close(): Promise<void>
}

/**
 * Opens the store and returns at once: the connection is made in the background, again and again if need be. Every
 * call ends within a second.
 *
 * @throws StartFault if the URL is malformed
 */
export const openRedis = ({ url, now, log, metrics, id }: OpenRedisOptions): RedisStore => {
  const address = parseRedisUrl(url)
  const client = connect(address)
  const connection = reach(client, log)
  const called = calls({ client, reach: connection, metrics })
  const names = keys(address.prefix)
  const parts: Parts = {
    calls: called,
    confirm: confirm(address.wait, called.send, connection),
    keys: names,
    now,
  }
  const self = randomUUID()
  const topics = messages({
    channel: names.changes,
    self,
    connect: (attempt) => connectListener(address, attempt),
  })
  const known = processes(parts, id)

  return {
    artifacts: artifactStore(parts),
    counters: counterStore(parts),
    publish: (topic, id) =>
      void called
        .run(() => called.send('publish', names.changes, messageOf(topic, id, self)))
        .catch(() => undefined),
    onTopic: topics.onTopic,
    ping: () =>
      called.run(async () => {
        await called.send('ping')
      }),
    inspect: () => inspect(called.run, client, address.wait, known),
    async close() {
      known.close()
      topics.close()
      await called.close()
      connection.end()
      client.disconnect()
    },
  }
}

const inspect = async (
  run: Parts['calls']['run'],
  client: CallsParts['client'],
  wait: number,
  known: Processes,
): Promise<Finding[]> => {
  const servers = await run(() => inspectServers(client, wait))
  return [...servers, ...inspectClocks(await known.clocks())]
}
