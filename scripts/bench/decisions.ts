import { connection } from './chain.ts'
import { api, asked, basic, write } from './subject.ts'
import type { FixedRequest } from './wrk.ts'

/** Evaluations of a batch. */
export const BATCH = 50

const subject = { type: 'user', id: asked.sub }
const record = (at: number) => ({
  type: 'record',
  id: `record-${at}`,
  properties: { owner: asked.sub, archived: false },
})

/** A question about one record that a condition decides: allowed. */
export const single = { subject, action: { name: write }, resource: record(0) }
/** The same about as many records. */
export const batch = {
  subject,
  action: { name: write },
  evaluations: Array.from({ length: BATCH }, (_, at) => ({ resource: record(at) })),
}
/** Whether the person may use the API as a whole. */
export const general = {
  subject,
  action: { name: api.scope },
  resource: { type: 'api', id: api.identifier },
}

/** A token of the service that asks. */
export const askersToken = async (base: string): Promise<string> => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    resource: `${base}/access`,
    scope: 'access:evaluate',
  })
  const headers = { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' }
  const { text } = await connection(base)('POST', '/oauth2/token', headers, body.toString())
  const { access_token: token }: { access_token?: string } = JSON.parse(text)
  if (token === undefined) throw new Error(`no token: ${text}`)
  return token
}

const posted = (path: string, token: string) => ({
  method: 'POST' as const,
  path: `/access/v1/${path}`,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
})

/**
 * A request that is sent again and again, after one look at what it answers.
 *
 * @param bodies take turns
 * @throws Error unless all it decides is allowed: what is denied may be quicker
 */
export const allowedRequest = async (
  base: string,
  path: 'evaluation' | 'evaluations',
  bodies: readonly [object, ...object[]],
): Promise<FixedRequest> => {
  const request = posted(path, await askersToken(base))
  const texts = bodies.map((body) => JSON.stringify(body))
  const { text } = await connection(base)(request.method, request.path, request.headers, texts[0])
  if (!text.includes('"decision":true') || text.includes('false')) throw new Error(`not allowed: ${text}`)
  return texts.length === 1 ? { ...request, body: texts[0] ?? '' } : { ...request, bodies: texts }
}
