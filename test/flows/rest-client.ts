import type { Credentials } from '../support/person.ts'

export interface RestAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** Tokens of a sign-in by the REST API. */
export interface RestTokens {
  access: string
  refresh: string
}

/** A first-party service as a client of the REST API. */
export const restClient = ({ issuer }: { issuer: string }, userAgent = 'desk/1.0') => {
  const send = async (
    method: string,
    path: string,
    { access, body }: { access?: string; body?: object } = {},
  ): Promise<RestAnswer> => {
    const answer = await fetch(issuer + path, {
      method,
      headers: {
        'user-agent': userAgent,
        ...(access === undefined ? {} : { authorization: `Bearer ${access}` }),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : JSON.parse(text),
    }
  }
  return {
    send,
    async login({ login, password }: Credentials): Promise<RestTokens> {
      const { status, body } = await send('POST', '/auth/login', { body: { email: login, password } })
      if (status !== 200) throw new Error(`login answers ${status} ${JSON.stringify(body)}`)
      return { access: String(body.access_token), refresh: String(body.refresh_token) }
    },
    async isGood({ access }: RestTokens): Promise<boolean> {
      return (await send('GET', '/auth/me', { access })).status === 200
    },
    refresh: ({ refresh }: RestTokens): Promise<RestAnswer> =>
      send('POST', '/auth/refresh', { body: { refresh_token: refresh } }),
  }
}
