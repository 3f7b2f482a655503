// The steps of a run. Each takes where it happens, { server: metadata, client: { issuer, clientId, redirectUri } }, and
// the run, which it changes; and it adds its record to the run: { name, figures, note?, error? }.
import { decode, isSigned } from './playground-jwt.js'
import { authorizationRequest, logoutRequest, published, read, send } from './playground-oauth.js'

const faultOf = ({ error, error_description: text }) => ({ code: error ?? 'unexpected', text })
const check = (name, isRight) => ({ name, isRight })

/** Headers, claims and signature of a JWT as figures. */
const figuresOf = async (jwt, server) => {
  const signed = await isSigned(jwt, await published(server.jwks_uri))
  return {
    signed,
    figures: [
      { kind: 'token', parts: jwt.parts, isSigned: signed },
      { kind: 'header', members: jwt.header },
      { kind: 'payload', members: jwt.claims },
    ],
  }
}

/** The request that starts a run; the person follows `run.url`. */
export const ask = async ({ server, client }, run, options) => {
  const { attempt, url, request } = await authorizationRequest(server, client, options)
  Object.assign(run, { attempt, url, options })
  run.steps.push({ name: 'ask', figures: [{ kind: 'kept', pairs: Object.entries(attempt) }, request] })
}

/** The browser came back (RFC 6749 §4.1.2, RFC 9207). True if the answer is for us and carries a code. */
export const arrive = ({ client }, run, answer) => {
  const pairs = [...answer]
  const items = [
    check('state', Boolean(run.attempt?.state) && answer.get('state') === run.attempt.state),
    check('iss', answer.get('iss') === client.issuer),
  ]
  const line = `GET ${new URL(client.redirectUri).pathname}`
  const step = {
    name: 'return',
    figures: [
      { kind: 'callback', line, pairs },
      { kind: 'checks', items },
    ],
  }
  // One request, one answer: the state is used up. The nonce is still to be compared.
  Object.assign(run, { url: undefined, attempt: { ...run.attempt, state: undefined } })
  run.steps.push(step)
  if (!items.every(({ isRight }) => isRight)) step.error = { code: 'mismatch' }
  else if (answer.has('error')) step.error = faultOf(Object.fromEntries(pairs))
  return !step.error
}

/** The code and the kept secret for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export const exchange = async ({ server, client }, run, code) => {
  const { code_verifier } = run.attempt
  const fields = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUri, code_verifier }
  const { isOk, body, figures } = await send(server.token_endpoint, client, fields)
  run.steps.push({ name: 'exchange', figures, error: isOk ? undefined : faultOf(body) })
  if (isOk) run.tokens = body
  return isOk
}

/** The checks of OpenID Connect Core §3.1.3.7. */
export const idToken = async ({ server, client }, run) => {
  const jwt = run.tokens.id_token && decode(run.tokens.id_token)
  if (!jwt) return run.steps.push({ name: 'id_token', figures: [], note: 'no_id_token' })
  const { signed, figures } = await figuresOf(jwt, server)
  const { iss, aud, exp, nonce } = jwt.claims
  const items = [
    check('signature', signed),
    check('iss', iss === client.issuer),
    check('aud', [aud].flat().includes(client.clientId)),
    check('exp', exp * 1000 > Date.now()),
    check('nonce', nonce === run.attempt.nonce),
  ]
  return run.steps.push({ name: 'id_token', figures: [...figures, { kind: 'checks', items }] })
}

/** For an API it is a JWT (RFC 9068); without `resource` only the server can read it. */
export const accessToken = async ({ server }, run) => {
  const { access_token } = run.tokens
  const jwt = decode(access_token)
  if (!jwt) return run.steps.push({ name: 'access_token', figures: [], note: 'opaque' })
  const { figures } = await figuresOf(jwt, server)
  const text = `curl -H 'authorization: Bearer ${access_token}' ${jwt.claims.aud}`
  return run.steps.push({ name: 'access_token', figures: [...figures, { kind: 'command', text }] })
}

const isJwt = (run) => decode(run.tokens.access_token) !== undefined
export const userinfo = async ({ server }, run) => {
  const { isOk, body, figures } = await read(server.userinfo_endpoint, run.tokens.access_token)
  const note = !isOk && isJwt(run) ? 'userinfo_jwt' : undefined
  run.steps.push({ name: 'userinfo', figures, note, error: isOk || note ? undefined : faultOf(body) })
}

export const refresh = async ({ server, client }, run) => {
  const before = run.tokens.refresh_token
  const fields = { grant_type: 'refresh_token', refresh_token: before }
  const { isOk, body, figures } = await send(server.token_endpoint, client, fields)
  if (!isOk) return run.steps.push({ name: 'refresh', figures, error: faultOf(body) })
  run.tokens = { ...run.tokens, ...body }
  const pairs = [
    ['refresh_token (1)', before],
    ['refresh_token (2)', run.tokens.refresh_token],
  ]
  const note = before === run.tokens.refresh_token ? 'no_rotation' : 'rotation'
  return run.steps.push({ name: 'refresh', figures: [...figures, { kind: 'kept', pairs }], note })
}

export const introspect = async ({ server, client }, run) => {
  const fields = { token: run.tokens.access_token, token_type_hint: 'access_token' }
  const { isOk, body, figures } = await send(server.introspection_endpoint, client, fields)
  const note = isOk ? 'introspect' : isJwt(run) ? 'introspect_jwt' : undefined
  run.steps.push({ name: 'introspect', figures, note, error: note ? undefined : faultOf(body) })
}

export const revoke = async ({ server, client }, run) => {
  const kind = run.tokens.refresh_token ? 'refresh_token' : 'access_token'
  const fields = { token: run.tokens[kind], token_type_hint: kind }
  const { isOk, body, figures } = await send(server.revocation_endpoint, client, fields)
  const note = isOk ? 'revoked' : isJwt(run) && kind === 'access_token' ? 'revoke_jwt' : undefined
  run.steps.push({ name: 'revoke', figures, note, error: note ? undefined : faultOf(body) })
}

/** Prepares the sign-out; the person follows `run.url`. */
export const leave = ({ server, client }, run) => {
  const { state, url, request } = logoutRequest(server, client, run.tokens.id_token)
  Object.assign(run, { logoutState: state, url })
  run.steps.push({ name: 'leave', figures: [request] })
}

export const gone = ({ client }, run, answer) => {
  const line = `GET ${new URL(client.redirectUri).pathname}`
  run.steps.push({ name: 'gone', figures: [{ kind: 'callback', line, pairs: [...answer] }] })
  Object.assign(run, { tokens: {}, logoutState: undefined, url: undefined })
}
