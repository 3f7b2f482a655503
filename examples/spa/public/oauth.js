/**
 * The code flow with PKCE for a public client, in about a hundred lines (RFC 6749, RFC 7636, OpenID Connect Core).
 * What must survive the redirect is in sessionStorage; tokens are in memory only and die with the page.
 */
const ATTEMPT = 'attempt'

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))
const sha256 = (text) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))

/** Claims of a JWT that came straight from the token endpoint, which is as good as its signature (Core §3.1.3.7, 6). */
const claimsOf = (jwt) => {
  const payload = jwt.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (sign) => sign.charCodeAt(0))))
}

/** A refusal with the error code of RFC 6749 §4.1.2.1 or §5.2, or our own `mismatch`. */
export class OAuthError extends Error {
  constructor(code, description = '') {
    super(description ? `${code}: ${description}` : code)
    this.code = code
  }
}

const check = (isRight, what) => {
  if (!isRight) throw new OAuthError('mismatch', `${what} is not the expected one`)
}

/**
 * @param {{ issuer: string, clientId: string, redirectUri: string, origin: string, ordersApi: string }} settings
 * @param {(event: 'renewed' | 'ended') => void} notify
 */
export const createClient = async ({ issuer, clientId, redirectUri, origin, ordersApi }, notify) => {
  const server = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()
  check(server.issuer === issuer, 'issuer')
  let tokens
  let renewal
  let timer

  const post = async (endpoint, fields) => {
    const body = new URLSearchParams({ client_id: clientId, ...fields })
    const response = await fetch(endpoint, { method: 'POST', body })
    const answer = response.headers.get('content-type')?.includes('json') ? await response.json() : {}
    if (!response.ok) throw new OAuthError(answer.error ?? 'server_error', answer.error_description)
    return answer
  }

  const keep = (answer) => {
    tokens = { ...tokens, ...answer }
    clearTimeout(timer)
    if (!tokens.refresh_token) return
    // A little before the end. This is the silent renewal: no frame, no third-party cookie. If Gatehouse is away
    // just then, the next call tries again.
    timer = setTimeout(() => renew().catch(console.warn), Math.max(answer.expires_in - 30, 1) * 1000)
  }

  const signIn = async () => {
    const attempt = { state: random(), nonce: random(), verifier: random() }
    sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt))
    location.assign(
      `${server.authorization_endpoint}?${new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'openid profile email offline_access orders:read',
        resource: ordersApi, // RFC 8707: the API that the access token is for
        prompt: 'consent', // Core §11: offline_access, that is a refresh token, is asked of the person
        code_challenge: base64url(await sha256(attempt.verifier)),
        code_challenge_method: 'S256',
        state: attempt.state,
        nonce: attempt.nonce,
      })}`,
    )
  }

  /** Call it on the redirect URI: checks the answer, takes it out of the address bar, gets the tokens. */
  const finishSignIn = async () => {
    const answer = new URLSearchParams(location.search)
    const attempt = JSON.parse(sessionStorage.getItem(ATTEMPT) ?? '{}')
    sessionStorage.removeItem(ATTEMPT)
    history.replaceState(null, '', '/')
    check(attempt.state && answer.get('state') === attempt.state, 'state')
    check(answer.get('iss') === issuer, 'iss') // RFC 9207: the answer of another server is not for us.
    if (answer.has('error')) throw new OAuthError(answer.get('error'), answer.get('error_description') ?? '')
    const fields = { grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: redirectUri }
    const got = await post(server.token_endpoint, { ...fields, code_verifier: attempt.verifier })
    const claims = claimsOf(got.id_token)
    check(claims.iss === issuer, 'iss of the ID token')
    check([claims.aud].flat().includes(clientId), 'aud of the ID token')
    check(claims.nonce === attempt.nonce, 'nonce of the ID token')
    check(claims.exp * 1000 > Date.now(), 'exp of the ID token')
    keep({ ...got, claims })
  }

  const renewOnce = async () => {
    if (!tokens?.refresh_token) throw new OAuthError('login_required')
    try {
      keep(
        await post(server.token_endpoint, {
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token,
        }),
      )
      notify('renewed')
    } catch (error) {
      if (error.code !== 'invalid_grant') throw error
      tokens = undefined // The grant is over: revoked, expired or signed out elsewhere.
      notify('ended')
    }
  }
  /** A refresh token is good for one use: callers at the same time share one request. */
  const renew = () => {
    renewal ??= renewOnce().finally(() => {
      renewal = undefined
    })
    return renewal
  }

  const send = (url) => fetch(url, { headers: { authorization: `Bearer ${tokens?.access_token}` } })
  /** Calls the API; a 401 is worth one renewal, for a laptop that slept through the timer. */
  const call = async (url) => {
    const response = await send(url)
    if (response.status !== 401) return response
    await renew()
    return send(url)
  }

  const signOut = async () => {
    clearTimeout(timer)
    await renewal
    const { id_token, refresh_token } = tokens ?? {}
    tokens = undefined
    notify('ended')
    if (refresh_token) await post(server.revocation_endpoint, { token: refresh_token })
    const query = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: origin })
    location.assign(`${server.end_session_endpoint}?${query}`)
  }
  return { signIn, finishSignIn, call, signOut, claims: () => tokens?.claims }
}
