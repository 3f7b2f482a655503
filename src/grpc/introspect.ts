import { z } from 'zod'
import type { Introspected, IntrospectToken } from '../oidc/token-introspection.ts'
import type { Authorize } from './caller.ts'
import { input, invalid, text } from './input.ts'
import type { Method } from './method.ts'

export interface IntrospectParts {
  introspect: IntrospectToken
  authorize: Authorize
}

const LONGEST = 4096

const IntrospectInput = z.object({ token: text(LONGEST) })

/** JWS compact serialization (RFC 7515 §7.1). */
const isJwt = (token: string): boolean => /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(token)

/** What an access token remembers of the sign-in. */
const SignIn = z.object({
  acr: z.string().default(''),
  amr: z.array(z.string()).default([]),
  auth_time: z.number().default(0),
})

/** `gatehouse.v1.Tokens/Introspect`. */
export const introspectMethod =
  ({ introspect, authorize }: IntrospectParts): Method =>
  async (message, { metadata }) => {
    const clientId = await authorize(metadata)
    const { token } = input(IntrospectInput, message)
    if (isJwt(token)) throw invalid(['token'])
    const found = await introspect(clientId, token)
    return found ? answer(found) : { active: false }
  }

const answer = ({ extra, ...found }: Introspected): object => ({
  ...SignIn.parse(extra),
  active: true,
  scope: found.scope,
  client_id: found.clientId,
  sub: found.sub,
  aud: found.aud,
  iss: found.iss,
  exp: found.exp,
  iat: found.iat,
  token_type: found.tokenType,
  roles: found.roles,
  cnf_jkt: found.jkt,
})
