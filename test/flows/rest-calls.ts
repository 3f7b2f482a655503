import { expect } from 'vitest'

export interface RestAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown>
  /** As it came. */
  text: string
}

/** Calls of a first-party service. */
export const restCalls = (server: () => { issuer: string }) => {
  const send = async (path: string, init: RequestInit = {}): Promise<RestAnswer> => {
    const answer = await fetch(server().issuer + path, init)
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : JSON.parse(text),
      text,
    }
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<RestAnswer> =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const me = (token: unknown) => send('/auth/me', { headers: bearer(token) })
  return {
    post,
    me,
    login: ({ login, password }: { login: string; password: string }) =>
      post('/auth/login', { email: login, password }),
    refresh: (refresh_token: unknown) => post('/auth/refresh', { refresh_token }),
  }
}

export const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })

/** Expects a problem of this code (RFC 9457). */
export const expectProblem = (
  { status, headers, body }: RestAnswer,
  expected: number,
  code: string,
): void => {
  expect({ status, code: body.code }).toEqual({ status: expected, code })
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(headers.get('cache-control')).toBe('no-store')
}

/** What of an answer could tell one account from another: everything but the time and the id of the request, which is not always of one length. */
export const tellable = ({ status, headers, text }: RestAnswer) => {
  const id = /"request_id":"[^"]*"/.exec(text)?.[0] ?? ''
  return {
    status,
    length: Number(headers.get('content-length') ?? 0) - id.length,
    text: text.replace(id, ''),
    headers: [...headers]
      .filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name))
      .sort(),
  }
}
