import type { Condition } from '../../src/domain/access/condition.ts'

/** What both servers serve in the benchmark. */
export const client = { id: 'bench', secret: 'a-secret-of-the-benchmark-with-more-than-32-characters' }
export const api = { identifier: 'https://bench.example/api', scope: 'bench:read' }
export const redirectUri = 'http://localhost:4999/callback'
export const person = { email: 'bench@example.com', password: 'violet harbour lantern 42' }
export const passwordless = 'passwordless@example.com'
export const port = Number(process.env.PORT)

export const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`

/** Who is asked about in the benchmark of decisions: a person who may read all records and edit their own. */
export const asked = { sub: 'asked', email: 'asked@example.com' }
export const write = 'bench:write'

/** Owners edit their own, as long as it is not archived. */
export const ownAndLiving: Condition = {
  all: [
    { equal: [{ resource: 'owner' }, { subject: 'id' }] },
    { not: { equal: [{ resource: 'archived' }, { value: true }] } },
  ],
}

/** The seed that makes our server serve the same as the baseline, and decide. */
export const seed = {
  resources: [
    { identifier: api.identifier, name: 'Bench', permissions: [api.scope, write], types: ['record'] },
  ],
  roles: [
    { name: 'reader', permissions: { [api.identifier]: [api.scope] } },
    { name: 'editor', permissions: { [api.identifier]: [write] }, includes: ['reader'] },
  ],
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [redirectUri],
      first_party: true,
      may_introspect: true,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      permissions: { [api.identifier]: [api.scope] },
      own_permissions: { [api.identifier]: [api.scope], '@access': ['access:evaluate'] },
    },
  ],
  accounts: [
    { email: person.email, password: person.password, email_verified: true },
    { email: passwordless, email_verified: true },
    { ...asked, email_verified: true, roles: ['reader', { role: 'editor', when: ownAndLiving }] },
  ],
}
