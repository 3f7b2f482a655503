import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Middleware } from 'koa'
import { type ErrorCode, refuse } from '../errors.ts'
import type { Engine } from './engine.ts'

/** Bytes of a request body that the engine reads. */
const BODY_LIMIT = 56 * 1024

const machine = ['POST', 'OPTIONS']

const methods: Readonly<Record<string, readonly string[]>> = {
  '/oauth2/authorize': ['GET'],
  '/oauth2/authorize/:uid': ['GET'],
  '/oauth2/token': machine,
  '/oauth2/userinfo': ['GET', 'POST', 'OPTIONS'],
  '/oauth2/introspect': machine,
  '/oauth2/revoke': machine,
  '/oauth2/par': machine,
  '/oauth2/jwks': ['GET', 'HEAD', 'OPTIONS'],
  '/.well-known/openid-configuration': ['GET', 'HEAD', 'OPTIONS'],
  '/.well-known/oauth-authorization-server': ['GET', 'HEAD', 'OPTIONS'],
  '/oauth2/logout': ['GET'],
  '/oauth2/logout/confirm': ['POST'],
  '/oauth2/logout/success': ['GET'],
}

const RESUME = /^\/oauth2\/authorize\/[\w-]{1,64}$/

/** The pattern of an endpoint of the engine; undefined for any other path, one with a slash more included. */
export const endpointOf = (path: string): string | undefined => {
  if (Object.hasOwn(methods, path)) return path
  return RESUME.test(path) ? '/oauth2/authorize/:uid' : undefined
}

/** An endpoint that programs call, many times a second. */
export const isMachineEndpoint = (endpoint: string): boolean =>
  methods[endpoint]?.includes('OPTIONS') ?? false

const endpointFor = ({ url = '' }: IncomingMessage): string | undefined =>
  endpointOf(url.split('?', 1)[0] ?? '')

/** Whether a form was sent by a page of ours. */
type IsOwnForm = (headers: IncomingHttpHeaders) => boolean

/** The one form of the engine's that changes something; its token alone would rest on the session. */
const LOGOUT_FORM = '/oauth2/logout/confirm'

/** What speaks against handing a request to the engine. */
const faultOf = (
  endpoint: string | undefined,
  { method = '', headers }: IncomingMessage,
  isOwnForm: IsOwnForm,
): ErrorCode | undefined => {
  if (endpoint === undefined) return 'not_found'
  if (!methods[endpoint]?.includes(method)) return 'method_not_allowed'
  if (endpoint === LOGOUT_FORM && !isOwnForm(headers)) return 'csrf'
  return Number(headers['content-length'] ?? 0) > BODY_LIMIT ? 'too_large' : undefined
}

/** Hands the engine exactly its own paths, with their methods, and no more than it reads; the rest goes on. */
export const engineEndpoints =
  (engine: Engine, isOwnForm: IsOwnForm) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    const endpoint = endpointFor(request)
    // RFC 6749 §5.2: a program gets JSON, also one whose library prefers text/html by itself.
    if (endpoint !== undefined && isMachineEndpoint(endpoint)) request.headers.accept = 'application/json'
    if (faultOf(endpoint, request, isOwnForm) !== undefined) return false
    engine.handle(request, response)
    return true
  }

/** Refuses what is for the engine's paths and was not handed to it: a wrong method, a foreign form, too large a body. */
export const misusedEndpoint =
  (isOwnForm: IsOwnForm): Middleware =>
  async (ctx, next) => {
    const endpoint = endpointFor(ctx.req)
    const fault = faultOf(endpoint, ctx.req, isOwnForm)
    if (endpoint === undefined || fault === undefined) return next()
    ctx.set('Connection', 'close')
    if (fault === 'method_not_allowed') ctx.set('Allow', methods[endpoint]?.join(', ') ?? '')
    throw refuse(fault)
  }
