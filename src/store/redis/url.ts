import { StartFault } from '../start-fault.ts'

export interface HostAndPort {
  host: string
  port: number
}

/** Where Redis is and how to use it: everything that `REDIS_URL` says. */
export interface RedisAddress {
  kind: 'single' | 'sentinel' | 'cluster'
  /** The server, the Sentinels, or some nodes of the cluster. */
  hosts: HostAndPort[]
  tls: boolean
  username: string | undefined
  password: string | undefined
  /** Name of the primary, as the Sentinels know it; empty for other kinds. */
  primary: string
  database: number
  /** Before every key. */
  prefix: string
  /** Replicas that must confirm a write before it is acknowledged. */
  wait: number
  /** The Sentinels ask for the same user and password. */
  sentinelAuth: boolean
}

const FORM =
  /^(?<scheme>rediss?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^/?#]*)@)?(?<hosts>[^/?#@]*)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/i
const HOST = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/i
const OPTIONS: ReadonlySet<string> = new Set(['prefix', 'wait', 'sentinel_auth'])
const MOST_REPLICAS = 16
const LONGEST_PREFIX = 64

// Never quotes the value: it may hold a password.
const fault = (what: string): StartFault => new StartFault(`REDIS_URL ${what}`)

/**
 * Reads `redis[s]://[user:password@]host[:port][/database]`, `redis[s]+sentinel://…host,host/primary[/database]` or
 * `redis[s]+cluster://…host,host`, with the options `prefix`, `wait` and `sentinel_auth` as query.
 *
 * @throws StartFault with a sentence that names what is wrong and quotes nothing secret
 */
export const parseRedisUrl = (url: string): RedisAddress => {
  const parts = FORM.exec(url)?.groups
  if (!parts) {
    throw fault(
      'must look like redis://host:6379, redis+sentinel://host,host/primary or redis+cluster://host,host; percent-encode special characters of a password',
    )
  }
  const kind = kindOf(parts.kind)
  const hosts = (parts.hosts ?? '').split(',').map((host) => hostOf(host, kind === 'sentinel' ? 26379 : 6379))
  if (kind === 'single' && hosts.length > 1) {
    throw fault('names several hosts; use redis+sentinel: or redis+cluster: for that')
  }
  return {
    kind,
    hosts,
    tls: parts.scheme?.toLowerCase() === 'rediss',
    ...credentials(parts.user),
    ...primaryAndDatabase(kind, parts.path ?? ''),
    ...options(kind, parts.query ?? ''),
  }
}

const kindOf = (given: string | undefined): RedisAddress['kind'] => {
  const kind = given?.toLowerCase()
  return kind === 'sentinel' || kind === 'cluster' ? kind : 'single'
}

const hostOf = (text: string, standardPort: number): HostAndPort => {
  const parts = HOST.exec(text)?.groups
  const host = parts?.six ?? parts?.name
  if (host === undefined) throw fault('has an empty or malformed host')
  const port = parts?.port === undefined ? standardPort : Number(parts.port)
  if (port < 1 || port > 65_535) throw fault('has a port that is not between 1 and 65535')
  return { host, port }
}

const decoded = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw fault(`has a ${what} that is not percent-encoded correctly`)
  }
}

const credentials = (user: string | undefined): Pick<RedisAddress, 'username' | 'password'> => {
  if (user === undefined || user === '') return { username: undefined, password: undefined }
  const colon = user.indexOf(':')
  if (colon < 0) throw fault('names a user without a password; write user:password@ or :password@')
  const username = decoded(user.slice(0, colon), 'user')
  const password = decoded(user.slice(colon + 1), 'password')
  if (password === '') throw fault('has an empty password')
  return { username: username === '' ? undefined : username, password }
}

const primaryAndDatabase = (
  kind: RedisAddress['kind'],
  path: string,
): Pick<RedisAddress, 'primary' | 'database'> => {
  const segments = path.split('/').filter((segment) => segment !== '')
  const primary = kind === 'sentinel' ? decoded(segments.shift() ?? '', 'name of the primary') : ''
  if (kind === 'sentinel' && primary === '') {
    throw fault('must name the primary that the Sentinels watch: redis+sentinel://host,host/primary')
  }
  const [database = '0', ...rest] = segments
  if (rest.length > 0 || !/^\d{1,4}$/.test(database)) throw fault('has a path that is not a database number')
  if (kind === 'cluster' && Number(database) !== 0) throw fault('names a database; a cluster has only 0')
  return { primary, database: Number(database) }
}

const options = (
  kind: RedisAddress['kind'],
  query: string,
): Pick<RedisAddress, 'prefix' | 'wait' | 'sentinelAuth'> => {
  const given = new URLSearchParams(query)
  if ([...given.keys()].some((name) => !OPTIONS.has(name))) {
    throw fault('has an unknown option; known are prefix, wait and sentinel_auth')
  }
  const prefix = given.get('prefix') ?? 'gatehouse:'
  if (!/^[\x21-\x7e]+$/.test(prefix) || prefix.length > LONGEST_PREFIX) {
    throw fault(`has a prefix that is not 1 to ${LONGEST_PREFIX} printable ASCII characters`)
  }
  const wait = given.get('wait') ?? '0'
  if (!/^\d{1,2}$/.test(wait) || Number(wait) > MOST_REPLICAS) {
    throw fault(`has a wait that is not a number of replicas, 0 to ${MOST_REPLICAS}`)
  }
  if (kind === 'cluster' && Number(wait) > 0) throw fault('has a wait, which works without a cluster only')
  const auth = given.get('sentinel_auth') ?? 'off'
  if (auth !== 'on' && auth !== 'off') throw fault('has a sentinel_auth that is neither on nor off')
  return { prefix, wait: Number(wait), sentinelAuth: auth === 'on' }
}
