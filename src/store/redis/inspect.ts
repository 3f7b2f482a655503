import { type Cluster, Redis } from 'ioredis'
import type { Finding } from '../finding.ts'
import type { Clocks } from './processes.ts'

/** Milliseconds between clocks that are worth a word, and that break what compares times. */
const NOTABLE = 1000
const HARMFUL = 30_000

const OLDEST = [6, 2] as const

type Info = ReadonlyMap<string, string>

const infoOf = (reply: string): Info =>
  new Map(
    reply.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const]
    }),
  )

const version = (info: Info): Finding => {
  const subject = 'Redis version'
  const given = info.get('redis_version')
  if (given === undefined) return { subject, state: 'warning', text: 'Redis does not tell its version.' }
  const [major = 0, minor = 0] = given.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
    return { subject, state: 'fine', text: `${given}.` }
  }
  return { subject, state: 'fault', text: `${given} is too old; use ${OLDEST.join('.')} or later.` }
}

const eviction = (info: Info): Finding => {
  const subject = 'Redis maxmemory-policy'
  const policy = info.get('maxmemory_policy')
  if (policy === 'noeviction') return { subject, state: 'fine', text: 'noeviction.' }
  if (policy === undefined) {
    return { subject, state: 'warning', text: 'Redis does not tell it; make sure that it is noeviction.' }
  }
  const advice = 'Set maxmemory-policy to noeviction and give this Redis enough memory for itself.'
  return {
    subject,
    state: 'fault',
    text: `${policy}: Redis may drop sessions, revocations and used codes when its memory is full. ${advice}`,
  }
}

const persistence = (info: Info, appendfsync: string | undefined): Finding => {
  const subject = 'Redis persistence'
  if (info.get('aof_enabled') === '0') {
    const text =
      'the append-only file is off: a restart of Redis loses sessions, tokens and the marks of used codes. Set appendonly yes.'
    return { subject, state: 'warning', text }
  }
  if (info.get('aof_enabled') === undefined) {
    return { subject, state: 'warning', text: 'Redis does not tell whether it keeps an append-only file.' }
  }
  if (appendfsync === 'always') {
    return { subject, state: 'fine', text: 'appendfsync always: what was acknowledged is on disk.' }
  }
  if (appendfsync === 'everysec') {
    const text =
      'appendfsync everysec: a crash of its machine may lose the last second of what was acknowledged.'
    return { subject, state: 'fine', text }
  }
  if (appendfsync === undefined) {
    const text =
      'the append-only file is on; appendfsync could not be read, because CONFIG is not allowed here.'
    return { subject, state: 'fine', text }
  }
  const text = `appendfsync ${appendfsync}: a crash of its machine may lose many seconds of what was acknowledged. Set it to everysec or always.`
  return { subject, state: 'warning', text }
}

const replicas = (info: Info, wait: number): Finding[] => {
  const connected = Number(info.get('connected_slaves') ?? Number.NaN)
  if (wait === 0 || connected >= wait) return []
  const text = `wait=${wait} in REDIS_URL, but ${info.get('connected_slaves') ?? 'an unknown number of'} replicas are connected: writes are refused until there are enough.`
  return [{ subject: 'Redis replicas', state: 'fault', text }]
}

const seconds = (milliseconds: number): string => `${(Math.abs(milliseconds) / 1000).toFixed(1)} s`

const clock = (who: string, skew: number): Finding[] => {
  if (Math.abs(skew) <= NOTABLE) return []
  const text = `${who} is ${seconds(skew)} ${skew > 0 ? 'ahead of' : 'behind'} that of Redis. Synchronise the clocks (NTP).`
  return [{ subject: 'Clocks', state: Math.abs(skew) > HARMFUL ? 'fault' : 'warning', text }]
}

const agreement = (others: number): string =>
  others === 0 ? 'this process and Redis agree.' : `this process, ${others} more and Redis agree.`

/** How far the clocks of the processes are apart. */
export const inspectClocks = ({ own, others }: Clocks): Finding[] => {
  const found = [
    ...clock('the clock of this process', own),
    ...others.flatMap(({ id, skew }) => clock(`the clock of process ${id}`, skew)),
  ]
  if (found.length > 0) return found
  return [{ subject: 'Clocks', state: 'fine', text: agreement(others.length) }]
}

const appendfsyncOf = async (node: Redis): Promise<string | undefined> => {
  try {
    const [, value] = await node.config('GET', 'appendfsync')
    return typeof value === 'string' ? value : undefined
  } catch {
    // Managed services forbid CONFIG; a server that is away is told by INFO.
    return undefined
  }
}

const findingsOf = async (node: Redis, wait: number): Promise<Finding[]> => {
  const [reply, appendfsync] = await Promise.all([node.info(), appendfsyncOf(node)])
  const info = infoOf(reply)
  return [version(info), eviction(info), persistence(info, appendfsync), ...replicas(info, wait)]
}

const placed = (finding: Finding, node: Redis): Finding =>
  finding.state === 'fine'
    ? finding
    : { ...finding, text: `${node.options.host}:${node.options.port}: ${finding.text}` }

const once = (findings: Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [`${finding.subject} ${finding.text}`, finding])).values(),
]

/** Looks at the server, or at each primary of the cluster. */
export const inspectServers = async (client: Redis | Cluster, wait: number): Promise<Finding[]> => {
  if (client instanceof Redis) return findingsOf(client, wait)
  const nodes = client.nodes('master')
  const found = await Promise.all(
    nodes.map(async (node) => (await findingsOf(node, wait)).map((finding) => placed(finding, node))),
  )
  return once(found.flat())
}
