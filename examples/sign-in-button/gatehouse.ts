import * as oidc from 'openid-client'
import type { Account, Identity } from './accounts.ts'
import type { Settings } from './settings.ts'

/** What must be remembered between leaving for Gatehouse and coming back. */
export interface Attempt {
  codeVerifier: string
  state: string
  nonce: string
  /** The account that asked to be linked; undefined for a sign-in. */
  linkTo: Account | undefined
}

/** Speaks with Gatehouse: code flow with PKCE, state and nonce. Tokens are used once and forgotten. */
export const gatehouse = ({ issuer, clientId, clientSecret, redirectUri }: Settings) => {
  const configuration = () => {
    const insecure = issuer.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {} // Development only.
    return oidc.discovery(
      new URL(issuer),
      clientId,
      undefined,
      oidc.ClientSecretBasic(clientSecret),
      insecure,
    )
  }

  const leave = async (linkTo: Account | undefined): Promise<{ url: string; attempt: Attempt }> => {
    const attempt = {
      codeVerifier: oidc.randomPKCECodeVerifier(),
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      linkTo,
    }
    const url = oidc.buildAuthorizationUrl(await configuration(), {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
      state: attempt.state,
      nonce: attempt.nonce,
    })
    return { url: url.href, attempt }
  }

  /** Checks `state`, `iss`, the ID token and its nonce, then reads who it is. Throws when one is off. */
  const arrive = async (url: URL, { codeVerifier, state, nonce }: Attempt): Promise<Identity> => {
    const config = await configuration()
    const checks = { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce }
    const tokens = await oidc.authorizationCodeGrant(config, url, checks)
    const claims = tokens.claims()
    if (!claims) throw new Error('The token response has no ID token')
    const { iss, sub } = claims
    const { name, email, email_verified } = await oidc.fetchUserInfo(config, tokens.access_token, sub)
    // Exactly `true`: absent, "true" and null are not verified.
    return {
      iss,
      sub,
      name: name ?? 'New customer',
      verifiedEmail: email_verified === true ? email : undefined,
    }
  }
  return { leave, arrive }
}
