import type { Foundation } from '../build.ts'
import { auditTypes } from '../domain/audit-events.ts'
import type { AuditEvent } from '../domain/ports.ts'
import { type Command, type Given, type Terminal, text, UsageFault } from './command.ts'
import { asJson, limitOf, nextLine, paging, show } from './options.ts'
import { accountNamed } from './people.ts'
import { table } from './table.ts'
import { withFoundation } from './with-config.ts'

const timeOf = (given: Given, name: 'since' | 'until'): number | undefined => {
  const value = text(given, name)
  if (value === undefined) return undefined
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value)
  const at = isTime ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at))
    throw new UsageFault(`--${name}: wanted a time such as 2027-01-01T00:00:00Z, or a day`)
  return at
}

const typeOf = (given: Given): string | undefined => {
  const type = text(given, 'type')
  if (type === undefined || auditTypes.some((known) => known === type)) return type
  throw new UsageFault(`--type: there is no "${type}". There are: ${[...auditTypes].toSorted().join(', ')}`)
}

/** Events outlive their account: what is no address may be the sub of one that is gone. */
const subOf = async (foundation: Foundation, name: string | undefined): Promise<string | undefined> =>
  name?.includes('@') ? (await accountNamed(foundation, name)).sub : name

const shownEvent = ({ id, at, type, actor, sub, clientId, address, detail }: AuditEvent) => ({
  id,
  at: new Date(at).toISOString(),
  type,
  actor: actor ?? null,
  account: sub ?? null,
  client: clientId ?? null,
  address: address ?? null,
  detail,
})
type Shown = ReturnType<typeof shownEvent>

const columns = [
  { title: 'time', text: ({ at }: Shown) => at },
  { title: 'type', text: ({ type }: Shown) => type },
  { title: 'actor', text: ({ actor }: Shown) => actor ?? '-', width: 30 },
  { title: 'account', text: ({ account }: Shown) => account ?? '-', width: 24 },
  { title: 'client', text: ({ client }: Shown) => client ?? '-', width: 24 },
  { title: 'from', text: ({ address }: Shown) => address ?? '-' },
  { title: 'detail', text: ({ detail }: Shown) => JSON.stringify(detail), width: 80 },
]

type Filters = Omit<Parameters<Foundation['store']['audit']['list']>[0], 'limit'>

/** The store takes no member that is undefined. */
const present = (filters: { [Name in keyof Filters]: Filters[Name] | undefined }): Filters =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''))

const queryOf = (given: Given) => ({
  limit: limitOf(given),
  filters: {
    before: text(given, 'after'),
    actor: text(given, 'actor'),
    type: typeOf(given),
    since: timeOf(given, 'since'),
    until: timeOf(given, 'until'),
  },
})

const list = async (
  foundation: Foundation,
  { limit, filters }: ReturnType<typeof queryOf>,
  given: Given,
  terminal: Terminal,
): Promise<void> => {
  const sub = await subOf(foundation, text(given, 'account'))
  const found = await foundation.store.audit.list({ ...present({ ...filters, sub }), limit: limit + 1 })
  const events = found.slice(0, limit).map(shownEvent)
  const next = found.length > limit ? events.at(-1)?.id : undefined
  show(given, terminal, {
    json: { events, next: next ?? null },
    people: table(columns, events) + nextLine(next),
  })
}

export const listAudit: Command = {
  name: 'audit list',
  usage:
    '[--account <account>] [--actor <text>] [--type <type>] [--since <time>] [--until <time>] [--limit <number>] [--after <cursor>] [--json]',
  summary: 'show what has happened, the newest first',
  options: {
    account: { type: 'string', value: 'account', about: 'to whom: a sub or an e-mail address' },
    actor: { type: 'string', about: 'by whom, as the list names it: a sub, cli, user:<sub>, client:<id>' },
    type: { type: 'string', value: 'type', about: 'such as sign_in.failed' },
    since: { type: 'string', value: 'time', about: 'RFC 3339, or a day in UTC; included' },
    until: { type: 'string', value: 'time', about: 'the same' },
    ...paging,
    ...asJson,
  },
  async run(given, terminal) {
    const query = queryOf(given)
    await withFoundation((foundation) => list(foundation, query, given, terminal))
  },
}
