import { startSubject as start } from './subject.ts'

/** What the tests of decisions are about: records, those who may read or edit them, and services that ask. */
export const RECORDS = 'https://records.example/api'
export const LAST_PERMISSION = 'records:write'

const secret = (name: string): string => `the-secret-of-${name}-is-long-enough`
const machine = (name: string) => ({ clientId: name, clientSecret: secret(name) })

/** May ask. */
export const asker = machine('asker')
/** May ask nothing. */
export const stranger = machine('stranger')
/** May ask, until a test takes that away. */
export const passing = machine('passing')
/** May ask with its own permission, and sign people in as well. */
export const portal = { ...machine('portal'), redirectUri: 'http://localhost:4730/callback' }
/** May ask, with tokens that are bound to its key. */
export const bound = machine('bound')
/** Has permissions of its own at the records. */
export const robot = machine('robot')

/** People, by their sub. */
export const people = {
  reader: 'kim@example.com',
  writer: 'lee@example.com',
  one: 'max@example.com',
  owner: 'noa@example.com',
  unverified: 'olu@example.com',
  late: 'pat@example.com',
  nobody: 'quin@example.com',
  insider: 'rae@example.com',
} as const
export const PASSWORD = 'amber lantern on the quay'

const PAST = '2020-01-01T00:00:00Z'
const own = { equal: [{ resource: 'owner' }, { subject: 'id' }] }
const living = { not: { equal: [{ resource: 'archived' }, { value: true }] } }
const thing = (id: string) => ({ type: 'record', id })

const rolesOf: Record<keyof typeof people, unknown[]> = {
  reader: ['reader'],
  writer: ['writer'],
  one: [
    { role: 'reader', on: thing('record-1') },
    { role: 'writer', on: thing('record-2') },
  ],
  // The owner may edit an own record; archived records are read-only.
  owner: [{ role: 'writer', when: { all: [own, living] } }],
  unverified: ['reader'],
  late: [{ role: 'reader', until: PAST }],
  nobody: [],
  insider: ['asker'],
}

const client = ({ clientId, clientSecret }: ReturnType<typeof machine>, members: object) => ({
  client_id: clientId,
  client_secret: clientSecret,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  ...members,
})
const mayAsk = { permissions: { '@access': ['access:evaluate'] } }

export const seed = {
  resources: [{ identifier: RECORDS, permissions: ['records:read', LAST_PERMISSION], types: ['record'] }],
  roles: [
    { name: 'reader', permissions: { [RECORDS]: ['records:read'] } },
    { name: 'writer', permissions: { [RECORDS]: [LAST_PERMISSION] }, includes: ['reader'] },
    { name: 'asker', permissions: { '@access': ['access:evaluate'] } },
  ],
  clients: [
    client(asker, mayAsk),
    client(passing, mayAsk),
    client(stranger, { permissions: { [RECORDS]: ['records:read'] } }),
    client(bound, { ...mayAsk, dpop_bound_access_tokens: true }),
    client(robot, {
      permissions: { [RECORDS]: ['records:read'] },
      roles: [{ role: 'writer', on: thing('record-2') }],
    }),
    client(portal, {
      ...mayAsk,
      redirect_uris: [portal.redirectUri],
      grant_types: ['authorization_code', 'client_credentials'],
      first_party: true,
      own_permissions: { '@access': ['access:evaluate'] },
    }),
  ],
  accounts: Object.entries(people).map(([sub, email]) => ({
    sub,
    email,
    password: PASSWORD,
    email_verified: sub !== 'unverified',
    roles: rolesOf[sub as keyof typeof people],
  })),
}

export const startSubject = () => start({ seed, env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** The calls of a service that has this token. */
export const accessCalls = ({ issuer }: { issuer: string }, token: string | undefined) => {
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const answer = await fetch(`${issuer}${path}`, init)
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  /** @param body text is sent as it is */
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    send(`/access/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    send,
    post,
    /** The decision about one evaluation. */
    async decide(evaluation: object): Promise<unknown> {
      const { status, body } = await post('evaluation', evaluation)
      return status === 200 ? body.decision : status
    },
  }
}
export type AccessCalls = ReturnType<typeof accessCalls>

export const user = (id: string, properties?: object) => ({
  type: 'user',
  id,
  ...(properties && { properties }),
})
export const record = (id: string, properties?: object) => ({
  type: 'record',
  id,
  ...(properties && { properties }),
})
export const api = (id = RECORDS) => ({ type: 'api', id })
export const read = { name: 'records:read' }
export const write = { name: LAST_PERMISSION }
