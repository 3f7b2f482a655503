// The protocol side of the playground: what a public client sends, and the record of what went over the wire.

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

const present = (fields) => Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
const pathOf = (url) => new URL(url).pathname

/**
 * One attempt to sign in: what the application keeps, and the request that it sends the browser with (RFC 6749
 * §4.1.1, RFC 7636 §4.3).
 *
 * @param {{ authorization_endpoint: string }} server metadata of the authorization server
 * @param {{ clientId: string, redirectUri: string }} client
 * @param {Record<string, string>} options scope, resource, prompt, max_age; empty ones are left out
 */
export const authorizationRequest = async (server, { clientId, redirectUri }, options) => {
  const attempt = { code_verifier: random(), state: random(), nonce: random() }
  const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(attempt.code_verifier))
  const pairs = present({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    ...options,
    code_challenge: base64url(challenge),
    code_challenge_method: 'S256',
    state: attempt.state,
    nonce: attempt.nonce,
  })
  const url = `${server.authorization_endpoint}?${new URLSearchParams(pairs)}`
  return { attempt, url, request: { kind: 'query', line: `GET ${pathOf(url)}`, pairs } }
}

/** Where the browser goes to end the session (OpenID Connect RP-Initiated Logout §2). */
export const logoutRequest = (server, { clientId, redirectUri }, idToken) => {
  const state = random()
  const fields = { id_token_hint: idToken, client_id: clientId, post_logout_redirect_uri: redirectUri, state }
  const pairs = present(fields)
  const url = `${server.end_session_endpoint}?${new URLSearchParams(pairs)}`
  return { state, url, request: { kind: 'query', line: `GET ${pathOf(url)}`, pairs } }
}

const exchange = async (url, init, request) => {
  const answer = await fetch(url, { ...init, cache: 'no-store', credentials: 'omit' })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json')
  const body = isJson ? JSON.parse(text) : text
  const response = { kind: 'response', status: answer.status, reason: answer.statusText, body }
  const challenge = answer.headers.get('www-authenticate')
  if (challenge) response.challenge = challenge
  return { isOk: answer.ok, body: isJson ? body : {}, figures: [request, response] }
}

/**
 * Sends a form to an endpoint as this client does: a public client says who it is, and has no secret.
 *
 * @returns {Promise<{ isOk: boolean, body: object, figures: object[] }>} the answer and the record for the page
 */
export const send = (endpoint, { clientId }, fields) => {
  const pairs = present({ client_id: clientId, ...fields })
  const headers = ['content-type: application/x-www-form-urlencoded']
  const request = { kind: 'form', line: `POST ${pathOf(endpoint)}`, headers, pairs }
  return exchange(endpoint, { method: 'POST', body: new URLSearchParams(pairs) }, request)
}

/** Reads with an access token in the header (RFC 6750 §2.1). */
export const read = (endpoint, accessToken) => {
  const authorization = `Bearer ${accessToken}`
  const request = {
    kind: 'form',
    line: `GET ${pathOf(endpoint)}`,
    headers: [`authorization: ${authorization}`],
    pairs: [],
  }
  return exchange(endpoint, { headers: { authorization } }, request)
}

/** Fetches JSON that everybody may read: metadata and keys. */
export const published = async (url) => {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${pathOf(url)}: ${answer.status}`)
  return answer.json()
}
