/** What both servers serve in the benchmark. */
export const client = { id: 'bench', secret: 'a-secret-of-the-benchmark-with-more-than-32-characters' }
export const api = { identifier: 'https://bench.example/api', scope: 'bench:read' }
export const redirectUri = 'http://localhost:4999/callback'
export const person = { email: 'bench@example.com', password: 'violet harbour lantern 42' }
export const passwordless = 'passwordless@example.com'
export const port = Number(process.env.PORT)

export const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`

/** The seed that makes our server serve the same as the baseline. */
export const seed = {
  resources: [{ identifier: api.identifier, name: 'Bench', permissions: [api.scope] }],
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [redirectUri],
      first_party: true,
      may_introspect: true,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      permissions: { [api.identifier]: [api.scope] },
      own_permissions: { [api.identifier]: [api.scope] },
    },
  ],
  accounts: [
    { email: person.email, password: person.password, email_verified: true },
    { email: passwordless, email_verified: true },
  ],
}
