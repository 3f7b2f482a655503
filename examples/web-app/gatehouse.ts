import * as oidc from 'openid-client'
import type { Settings } from './settings.ts'

/** What must be remembered between leaving for Gatehouse and coming back. */
export interface Attempt {
  codeVerifier: string
  state: string
  nonce: string
}

/** A signed-in person, with the tokens that never leave this server. */
export interface SignedIn {
  sub: string
  name: string
  idToken: string
  accessToken: string
  refreshToken: string | undefined
  /** Milliseconds. */
  expiresAt: number
}

type Tokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>
const MARGIN = 10_000 // Renew a little early: the token must still live when it arrives.

const lifetime = (tokens: oidc.TokenEndpointResponse) => ({
  accessToken: tokens.access_token,
  expiresAt: Date.now() + (tokens.expires_in ?? 0) * 1000,
})

const signedInBy = (tokens: Tokens): SignedIn => {
  const claims = tokens.claims()
  if (!claims || !tokens.id_token) throw new Error('The token response has no ID token')
  const name = [claims.name, claims.email, claims.sub].find((value) => typeof value === 'string')
  return {
    ...lifetime(tokens),
    sub: claims.sub,
    name: String(name),
    idToken: tokens.id_token,
    refreshToken: tokens.refresh_token,
  }
}

/** Speaks with Gatehouse as a confidential client: code flow with PKCE, state and nonce. */
export const gatehouse = ({ issuer, clientId, clientSecret, redirectUri, origin, ordersApi }: Settings) => {
  const discover = () => {
    const insecure = issuer.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {} // Development only.
    return oidc.discovery(
      new URL(issuer),
      clientId,
      undefined,
      oidc.ClientSecretBasic(clientSecret),
      insecure,
    )
  }
  let discovered: ReturnType<typeof discover> | undefined
  const configuration = async () => {
    discovered ??= discover()
    return discovered.catch((error: unknown) => {
      discovered = undefined // Gatehouse was away: ask again at the next request.
      throw error
    })
  }

  const leave = async (): Promise<{ url: string; attempt: Attempt }> => {
    const attempt = {
      codeVerifier: oidc.randomPKCECodeVerifier(),
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
    }
    const url = oidc.buildAuthorizationUrl(await configuration(), {
      redirect_uri: redirectUri,
      scope: 'openid profile email offline_access orders:read',
      resource: ordersApi, // RFC 8707: the API that the access token is for.
      prompt: 'consent', // OpenID Connect Core §11: offline_access is asked of the person each time.
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
      state: attempt.state,
      nonce: attempt.nonce,
    })
    return { url: url.href, attempt }
  }

  /** Checks `state` and `iss`, trades the code, then checks the ID token with its nonce. Throws when one is off. */
  const arrive = async (url: URL, { codeVerifier, state, nonce }: Attempt): Promise<SignedIn> => {
    const checks = { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce }
    return signedInBy(await oidc.authorizationCodeGrant(await configuration(), url, checks))
  }

  /** Each refresh token is used once: callers at the same time wait for the same renewal. */
  const renewals = new WeakMap<SignedIn, Promise<void>>()
  const renew = async (person: SignedIn): Promise<void> => {
    if (!person.refreshToken) return
    const tokens = await oidc.refreshTokenGrant(await configuration(), person.refreshToken)
    Object.assign(person, lifetime(tokens), { refreshToken: tokens.refresh_token ?? person.refreshToken })
  }
  const accessToken = async (person: SignedIn): Promise<string> => {
    if (person.expiresAt - Date.now() > MARGIN) return person.accessToken
    const renewal = renewals.get(person) ?? renew(person).finally(() => renewals.delete(person))
    renewals.set(person, renewal)
    await renewal
    return person.accessToken
  }

  /** Gives the refresh token back and returns where the person ends the session at Gatehouse as well. */
  const goodbye = async (person: SignedIn): Promise<string> => {
    const config = await configuration()
    if (person.refreshToken) await oidc.tokenRevocation(config, person.refreshToken)
    const parameters = { id_token_hint: person.idToken, post_logout_redirect_uri: origin }
    return oidc.buildEndSessionUrl(config, parameters).href
  }
  return { leave, arrive, accessToken, goodbye }
}
