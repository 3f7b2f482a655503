import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { ACCOUNT_CALLBACK, ACCOUNT_CLIENT } from '../domain/first-party.ts'
import { refuse } from '../errors.ts'
import { claimsOf, type IdTokenParts } from './console-id-token.ts'
import type { Engine } from './engine.ts'
import { edgeHeaders, internalRequest } from './internal-request.ts'

/** What the console asks of the engine when it sends a person there. */
export interface ConsoleRequest {
  state: string
  nonce: string
  /** PKCE, S256 (RFC 7636 §4.2). */
  codeChallenge: string
  /** BCP 47. */
  locale: string
  /** Seconds that may have passed since the person proved who they are (OpenID Connect Core §3.1.2.1). */
  maxAge?: number | undefined
  acr?: string | undefined
}

/** Who is back from a sign-in, as the ID token says. */
export interface ConsoleSignIn {
  sub: string
  acr: string
  amr: string[]
  /** Seconds since the epoch. */
  authTime: number
  /** The browser session behind it. */
  sessionUid: string
}

/** The account console as a client of this server's engine (OpenID Connect Core §3.1). */
export interface ConsoleClient {
  /** Path and query of the authorization request. */
  authorizationPath(request: ConsoleRequest): string
  /** Path and query of the logout that the person is asked to confirm (RP-Initiated Logout §2). */
  logoutPath(locale: string): string
  /**
   * Trades a code and checks the ID token; undefined if either is not good.
   *
   * @throws Refusal `store_unavailable` or `internal`
   */
  redeem(
    answer: { code: string; codeVerifier: string; nonce: string },
    headers: IncomingHttpHeaders,
  ): Promise<ConsoleSignIn | undefined>
  /** Whether a browser session lives, and still belongs to this person. */
  isAlive(sessionUid: string, sub: string): Promise<boolean>
}

export interface ConsoleClientParts extends IdTokenParts {
  engine: Pick<Engine, 'handle' | 'provider'>
}

/** The engine is asked within this process: what it answers is what any client would get. */
export const consoleClient = (parts: ConsoleClientParts): ConsoleClient => {
  const { engine, issuer } = parts
  const redirectUri = issuer + ACCOUNT_CALLBACK
  return {
    authorizationPath: ({ state, nonce, codeChallenge, locale, maxAge, acr }) =>
      `/oauth2/authorize?${new URLSearchParams({
        client_id: ACCOUNT_CLIENT,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'openid',
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        ui_locales: locale,
        ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
        ...(acr === undefined ? {} : { acr_values: acr }),
      })}`,
    // No id_token_hint: the client's name says as much, and needs no key that may be gone by then.
    logoutPath: (locale) =>
      `/oauth2/logout?${new URLSearchParams({
        client_id: ACCOUNT_CLIENT,
        post_logout_redirect_uri: `${issuer}/`,
        ui_locales: locale,
      })}`,
    async redeem({ code, codeVerifier, nonce }, headers) {
      const tokens = await trade(
        engine,
        { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri },
        headers,
      )
      if (!tokens) return undefined
      // The access token has told its session, which is all that it was for.
      const accessToken = await engine.provider().AccessToken.find(tokens.access_token)
      const sessionUid = accessToken?.sessionUid
      await accessToken?.destroy()
      const claims = await claimsOf(tokens.id_token, nonce, parts)
      if (!claims || sessionUid === undefined) return undefined
      const { sub, acr, amr, auth_time: authTime } = claims
      return { sub, acr, amr, authTime, sessionUid }
    },
    async isAlive(sessionUid, sub) {
      const session = await engine.provider().Session.findByUid(sessionUid)
      return session?.accountId === sub
    },
  }
}

const Tokens = z.object({ access_token: z.string(), id_token: z.string() })
const Failure = z.object({ error: z.string() })

/** RFC 6749 §4.1.3; undefined for a code that is no good, whatever the reason. */
const trade = async (
  { handle }: ConsoleClientParts['engine'],
  form: Record<string, string>,
  outer: IncomingHttpHeaders,
): Promise<z.output<typeof Tokens> | undefined> => {
  const { status, headers, body } = await internalRequest(handle, {
    method: 'POST',
    path: '/oauth2/token',
    headers: { ...edgeHeaders(outer), accept: 'application/json' },
    form: { ...form, client_id: ACCOUNT_CLIENT },
  })
  if (status === 503) throw refuse('store_unavailable', { retryAfter: Number(headers['retry-after'] ?? 1) })
  const answer: unknown = JSON.parse(body.toString())
  if (status === 200) return Tokens.parse(answer)
  const failure = Failure.safeParse(answer)
  if (failure.data?.error === 'invalid_grant') return undefined
  throw refuse('internal', { cause: answer })
}
