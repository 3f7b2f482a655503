import { post } from './subject.ts'

type Fields = Record<string, string>
type Client = Parameters<typeof post>[3]

export interface TokenBody {
  access_token?: string
  refresh_token?: string
  id_token?: string
  scope?: string
  error?: string
  [member: string]: unknown
}

interface Answer {
  status: number
  headers: Headers
  body: TokenBody
}

/** What applications and APIs ask the server, with its answers as they came. */
export interface Calls {
  token(client: Client, fields: Fields | [string, string][], headers?: Fields): Promise<Answer>
  refresh(client: Client, token: string | undefined, more?: Fields): Promise<Answer>
  introspect(client: Client, token: string | undefined, more?: Fields): Promise<Answer>
  revoke(client: Client, token: string | undefined, more?: Fields): Promise<Answer>
  /** What introspection says about a token to this client. */
  isActive(client: Client, token: string | undefined): Promise<unknown>
}

export const calls = (server: { issuer: string }): Calls => {
  const at =
    (path: string): Calls['introspect'] =>
    (client, token = '', more = {}) =>
      post(server, path, { token, ...more }, client)
  const token: Calls['token'] = (client, fields, headers) =>
    post(server, '/oauth2/token', fields, client, headers)
  const introspect = at('/oauth2/introspect')
  return {
    token,
    refresh: (client, presented = '', more = {}) =>
      token(client, { grant_type: 'refresh_token', refresh_token: presented, ...more }),
    introspect,
    revoke: at('/oauth2/revoke'),
    isActive: async (client, presented) => (await introspect(client, presented)).body.active,
  }
}
