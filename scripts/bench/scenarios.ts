import { measureChains } from './chain.ts'
import type { Measured } from './measured.ts'
import { clientCredentialsBody, codeFlow, refresh, signedIn } from './sign-in.ts'
import { basic } from './subject.ts'
import { type FixedRequest, measureFixed } from './wrk.ts'

export interface Load {
  seconds: number
  connections: number
}

export interface Scenario {
  name: string
  /** The ratio to the bare engine that we want to reach. */
  goal: number
  /** Makes what the scenario needs on this server; the result measures once. */
  prepare(base: string, load: Load): Promise<() => Promise<Measured>>
}

const form = { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' }

const fixed = (name: string, goal: number, request: (base: string) => Promise<FixedRequest>): Scenario => ({
  name,
  goal,
  prepare: async (base, { connections, seconds }) => {
    const made = await request(base)
    return () => measureFixed(base, made, connections, seconds)
  },
})

const get = (path: string) => async (): Promise<FixedRequest> => ({ method: 'GET', path, headers: {} })
const post = (path: string, body: string): FixedRequest => ({ method: 'POST', path, headers: form, body })

const chained = (
  name: string,
  goal: number,
  chain: (base: string) => Promise<() => Promise<void>>,
): Scenario => ({
  name,
  goal,
  prepare: async (base, { connections, seconds }) => {
    const chains: (() => Promise<void>)[] = []
    for (let made = 0; made < connections; made++) chains.push(await chain(base))
    return () => measureChains(chains, seconds)
  },
})

export const scenarios: Scenario[] = [
  fixed('discovery', 4, get('/.well-known/openid-configuration')),
  fixed('jwks', 2, get('/oauth2/jwks')),
  fixed('introspection', 0.9, async (base) => {
    const { tokens } = await signedIn(base)
    return post('/oauth2/introspect', `token=${tokens.accessToken}`)
  }),
  fixed('userinfo', 0.9, async (base) => {
    const { tokens } = await signedIn(base)
    return {
      method: 'GET',
      path: '/oauth2/userinfo',
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    }
  }),
  fixed('client credentials, JWT', 0.95, async () => post('/oauth2/token', clientCredentialsBody)),
  fixed('client credentials, opaque', 0.8, async () =>
    post('/oauth2/token', 'grant_type=client_credentials'),
  ),
  chained('refresh with rotation', 0.8, async (base) => {
    const { send, tokens } = await signedIn(base)
    let { refreshToken } = tokens
    return async () => {
      refreshToken = (await refresh(send, refreshToken)).refreshToken
    }
  }),
  chained('code flow, authorize + token', 0.8, async (base) => {
    const { send, cookie } = await signedIn(base)
    return async () => void (await codeFlow(send, cookie))
  }),
]
