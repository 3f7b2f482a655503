import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { clientAddress, type TrustProxy } from './client-address.ts'
import { answerJson, type Part } from './part.ts'

export interface EdgeOptions {
  issuer: string
  trustProxy: TrustProxy
  /** True while the server stops: then connections are not kept. */
  isStopping: () => boolean
}

/** Our own name for a request, in the log and on error pages. It travels as a header, so that it needs no registry. */
export const REQUEST_ID = 'x-request-id'

/** A random start and a counter: unique across processes, and nothing to draw for each request. */
export const requestIds = (): (() => string) => {
  const start = randomBytes(6).toString('base64url')
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}

const CLAIMS = ['forwarded', 'x-real-ip', 'x-rewrite-url']
const CLAIM_PREFIXES = ['x-forwarded-', 'x-original-']

const isClaim = (name: string): boolean =>
  CLAIMS.includes(name) || CLAIM_PREFIXES.some((prefix) => name.startsWith(prefix))

const dropClaims = ({ headers }: IncomingMessage): void => {
  for (const name in headers) if (isClaim(name)) delete headers[name]
}

// RFC 9112 §3.2: a target has no fragment and is ASCII. Koa's reader of URLs drops both, so that one path would have
// several spellings.
const TARGET = /^[!"$-~]+$/

/** RFC 9112 §3.2.2: an absolute-form target names a host, which is not used; only its path and query are. */
const originForm = (target: string): string | undefined => {
  if (!TARGET.test(target)) return undefined
  if (target.startsWith('/')) return target
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined
  const { pathname, search } = new URL(target)
  return pathname + search
}

/**
 * Puts every request straight before any part reads it: the client's address by TRUST_PROXY, then Host and scheme of
 * the issuer in place of what was claimed (N-13, X-27 to X-29). A foreign Host is neither refused nor used.
 */
export const edge = ({ issuer, trustProxy, isStopping }: EdgeOptions): Part => {
  const { host, protocol } = new URL(issuer)
  const scheme = protocol.slice(0, -1)
  const nextId = requestIds()
  return (request, response) => {
    if (isStopping()) response.setHeader('Connection', 'close')
    const target = originForm(request.url ?? '')
    if (target === undefined) {
      answerJson(response, 400, { error: 'bad_request' }, { connection: 'close' })
      return true
    }
    const address = clientAddress(request, trustProxy)
    dropClaims(request)
    request.url = target
    request.headers.host = host
    request.headers['x-forwarded-for'] = address
    request.headers['x-forwarded-proto'] = scheme
    request.headers[REQUEST_ID] = nextId()
    return false
  }
}
