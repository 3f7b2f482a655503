import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import type { HostAndPort, RedisAddress } from './url.ts'

/** Milliseconds. A silent socket goes first, so that what waits behind it fails before its own time is over. */
const CONNECT_TIMEOUT = 1000
const SILENCE = 700
const COMMAND_TIMEOUT = 800
const LONGEST_PAUSE = 300

const pause = (attempts: number): number => Math.min(attempts * 50, LONGEST_PAUSE)

/**
 * A primary that became a replica: ask again who is the primary. One reply of a turn of the event loop is enough for
 * that, and each one more would end the same socket again.
 */
const onDemotion = () => {
  let isSeen = false
  return (error: Error): boolean => {
    if (isSeen || !/\bREADONLY\b/.test(error.message)) return false
    isSeen = true
    setImmediate(() => {
      isSeen = false
    })
    return true
  }
}

/** What every connection to a server that holds data has in common. */
const common = ({ username, password, tls }: RedisAddress) =>
  ({
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    protocol: 2,
    disableClientInfo: true,
    connectTimeout: CONNECT_TIMEOUT,
    disconnectTimeout: 200,
    socketTimeout: SILENCE,
    commandTimeout: COMMAND_TIMEOUT,
    maxLoadingRetryTime: LONGEST_PAUSE,
    // What was sent and not answered may have taken effect: a consume must not be sent twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    reconnectOnError: onDemotion(),
  }) satisfies RedisOptions

const sentinelOptions = (address: RedisAddress) => ({
  sentinels: address.hosts,
  name: address.primary,
  db: address.database,
  sentinelCommandTimeout: COMMAND_TIMEOUT,
  ...(address.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  ...(address.sentinelAuth && address.username !== undefined ? { sentinelUsername: address.username } : {}),
  ...(address.sentinelAuth && address.password !== undefined ? { sentinelPassword: address.password } : {}),
})

const singleOptions = (address: RedisAddress, [first]: HostAndPort[]) => ({
  ...first,
  db: address.database,
})

const clusterOptions = (address: RedisAddress) =>
  ({
    // When a command of a pipeline is told to ask another node, ioredis sends the reads beside it there as well, and
    // takes the "nothing" of a node that has not got their keys yet for an answer. Single commands go where they belong.
    enableAutoPipelining: false,
    redisOptions: common(address),
    clusterRetryStrategy: pause,
    slotsRefreshTimeout: 500,
    maxRedirections: 5,
    // Not executed for certain, so sent again; a connection that was lost (retryDelayOnFailover) tells nothing.
    retryDelayOnClusterDown: 100,
    retryDelayOnTryAgain: 100,
    retryDelayOnFailover: 0,
    // Certificates are for names.
    dnsLookup: (name, done) => done(null, name),
  }) satisfies ClusterOptions

const nothing = (): void => undefined

/** ioredis does not look at what becomes of an ASKING, whose failure would then end the process. */
const listenToAsking = (node: Redis): void => {
  const { asking } = node
  node.asking = () => {
    const answer = asking.call(node)
    answer.catch(nothing)
    return answer
  }
}

/** The connection for all commands. It connects by itself and never gives up. */
export const connect = (address: RedisAddress): Redis | Cluster => {
  if (address.kind === 'cluster') {
    return new Cluster(address.hosts, clusterOptions(address)).on('+node', listenToAsking)
  }
  return new Redis({
    ...common(address),
    ...(address.kind === 'sentinel' ? sentinelOptions(address) : singleOptions(address, address.hosts)),
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    retryStrategy: pause,
    sentinelRetryStrategy: pause,
  })
}

/**
 * A connection for messages, which ends when it is lost. Any node of a cluster hears what is published on any other.
 *
 * @param attempt counts up, to try the nodes of a cluster in turn
 */
export const connectListener = (address: RedisAddress, attempt: number): Redis => {
  const turn = attempt % address.hosts.length
  return new Redis({
    ...common(address),
    ...(address.kind === 'sentinel'
      ? sentinelOptions(address)
      : singleOptions(address, address.hosts.slice(turn))),
    enableOfflineQueue: false,
    autoResubscribe: false,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  })
}
