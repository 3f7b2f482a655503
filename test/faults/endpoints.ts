import { randomUUID } from 'node:crypto'
import { API, kim, ledger, service, shop } from '../flows/subject.ts'
import type { Agent } from '../support/browserless.ts'
import { formOf, submission } from '../support/forms.ts'
import { type At, type Made, OFFLINE, robot } from './made.ts'

/** A request, as it goes over the wire. */
export interface Asked {
  url: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers: Record<string, string>
  body?: string | undefined
}

/** An endpoint or page that cannot be answered without Redis, with a request that it would answer at other times. */
export interface Endpoint {
  name: string
  /** Programs are answered in JSON, services of ours by problem details, people by a page. */
  asker: 'program' | 'service' | 'person'
  request(made: Made): Asked | Promise<Asked>
}

const FORM = 'application/x-www-form-urlencoded'

type Client = { clientId: string; clientSecret: string }
type Fields = Record<string, string>

/** Client authentication by a secret. */
export const basic = ({ clientId, clientSecret }: Client): Fields => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
})

/** What a program sends. */
export const posted = (
  { issuer }: Pick<Made, 'issuer'>,
  path: string,
  fields: Fields,
  headers: Fields = {},
): Asked => ({
  url: issuer + path,
  method: 'POST',
  headers: { 'content-type': FORM, accept: 'application/json', ...headers },
  body: new URLSearchParams(fields).toString(),
})

/** What a browser asks for at an address. */
export const visited = (agent: Agent, url: string): Asked => {
  const cookie = agent.cookies.header(new URL(url))
  const headers = { accept: 'text/html,*/*;q=0.8', ...(cookie === undefined ? {} : { cookie }) }
  return { url, method: 'GET', headers }
}

/** The submission of a form, as a browser sends it. */
export const pressed = ({ agent, page }: At, button: string, values: Fields = {}): Asked => {
  const { method, url, body } = submission(formOf(page, button), page.url, values)
  const { headers } = visited(agent, url.href)
  const own = { 'content-type': FORM, origin: url.origin, 'sec-fetch-site': 'same-origin' }
  return { url: url.href, method, headers: { ...headers, ...own }, body }
}

/** A pushed authorization request. */
export const push = async (made: Made): Promise<Asked> => {
  const { url } = await made.party.leave()
  return posted(made, '/oauth2/par', Object.fromEntries(new URL(url).searchParams), basic(shop))
}

const program = (name: string, request: Endpoint['request']): Endpoint => ({
  name,
  asker: 'program',
  request,
})
const person = (name: string, request: Endpoint['request']): Endpoint => ({ name, asker: 'person', request })

const token = (name: string, fields: (made: Made) => Fields, client: Client = shop): Endpoint =>
  program(`token: ${name}`, (made) => posted(made, '/oauth2/token', fields(made), basic(client)))

const looked = (path: string, name: string, which: (made: Made) => string, client: Client = shop): Endpoint =>
  program(`${path}: ${name}`, (made) =>
    posted(made, `/oauth2/${path}`, { token: which(made) }, basic(client)),
  )

const userinfo = (method: Asked['method']): Endpoint =>
  program(`userinfo ${method}`, ({ issuer, tokens }) => ({
    url: `${issuer}/oauth2/userinfo`,
    method,
    headers: { authorization: `Bearer ${tokens.access}` },
  }))

const CREDENTIALS = { grant_type: 'client_credentials' }
/** Who registers. */
export const newcomer = (email: string): Fields => ({ email, password: 'silver gulls above the mole' })

const tokenGrants: Endpoint[] = [
  token('code', ({ code }) => code),
  token('refresh', ({ tokens }) => ({ grant_type: 'refresh_token', refresh_token: tokens.refresh })),
  token('client credentials', () => CREDENTIALS, service),
  program('token: client assertion', async (made) =>
    posted(made, '/oauth2/token', {
      ...CREDENTIALS,
      client_assertion: await robot.assertion(made.issuer),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }),
  ),
  program('token: DPoP proof', async (made) => {
    const dpop = await made.holder.prove({ htm: 'POST', htu: `${made.issuer}/oauth2/token` })
    return posted(made, '/oauth2/token', CREDENTIALS, { ...basic(service), dpop })
  }),
]

const programs: Endpoint[] = [
  ...tokenGrants,
  looked('introspect', 'access token', ({ tokens }) => tokens.access),
  looked('introspect', 'refresh token', ({ tokens }) => tokens.refresh),
  looked('introspect', 'made up', () => 'made up', ledger),
  userinfo('GET'),
  userinfo('POST'),
  program('pushed request', (made) => push(made)),
]

const rest = (path: string, body: (made: Made) => Fields, isSignedIn = false): Endpoint => ({
  name: `REST: ${path}`,
  asker: 'service',
  request: (made) => ({
    url: `${made.issuer}/auth/${path}`,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(isSignedIn ? { authorization: `Bearer ${made.rest.access}` } : {}),
    },
    body: JSON.stringify(body(made)),
  }),
})

/** An address that nobody has asked a letter for. */
const somebody = (): Fields => ({ email: `somebody-${randomUUID()}@example.com` })

/** What the access token alone may see. */
const seen = (path: string): Endpoint => ({
  name: `REST: ${path}`,
  asker: 'service',
  request: ({ issuer, rest: { access } }) => ({
    url: `${issuer}/auth/${path}`,
    method: 'GET',
    headers: { authorization: `Bearer ${access}` },
  }),
})

const services: Endpoint[] = [
  rest('password/forgot', somebody),
  rest('email/resend', somebody),
  rest('login', () => ({ email: kim.login, password: kim.password })),
  rest('register', () => newcomer('three@example.com')),
  rest('refresh', (made) => ({ refresh_token: made.rest.refresh })),
  seen('me'),
  seen('sessions'),
]

const authorize = (name: string, who: (made: Made) => Agent, parameters: Fields = {}): Endpoint =>
  person(`authorize: ${name}`, async (made) => visited(who(made), (await made.party.leave(parameters)).url))

const signInPages: Endpoint[] = [
  person('sign-in, shown', ({ signIn }) => visited(signIn.agent, signIn.page.url)),
  person('sign-in, sent', ({ signIn }) => pressed(signIn, '#submit-login', kim)),
  person('registration within a sign-in, shown', ({ registerIn: { agent, page } }) =>
    visited(agent, page.url),
  ),
  person('registration within a sign-in, sent', ({ registerIn }) =>
    pressed(registerIn, '#submit-register', newcomer('one@example.com')),
  ),
  person('consent, shown', ({ consent }) => visited(consent.agent, consent.page.url)),
  person('consent, allowed', ({ consent }) => pressed(consent, '#allow')),
  person('forgotten password, sent', ({ recover }) => pressed(recover, '#submit-recover', somebody())),
  person('registration, sent', ({ register }) =>
    pressed(register, '#submit-register', newcomer('two@example.com')),
  ),
]

const accountPages: Endpoint[] = [
  person('account console, a stranger', ({ signIn, issuer }) => visited(signIn.agent, `${issuer}/account`)),
  person('account console, shown', ({ profile, issuer }) => visited(profile.agent, `${issuer}/account`)),
  person('account console, log shown', ({ profile, issuer }) =>
    visited(profile.agent, `${issuer}/account/activity`),
  ),
  person('account console, devices shown', ({ profile, issuer }) =>
    visited(profile.agent, `${issuer}/account/devices`),
  ),
  person('account console, applications shown', ({ profile, issuer }) =>
    visited(profile.agent, `${issuer}/account/applications`),
  ),
  person('account console, factors shown', ({ profile, issuer }) =>
    visited(profile.agent, `${issuer}/account/security`),
  ),
  person('account console, app being set up', ({ profile, issuer }) =>
    visited(profile.agent, `${issuer}/account/security/app`),
  ),
  person('account console, profile sent', ({ profile }) => pressed(profile, '#submit-profile')),
]

const pages: Endpoint[] = [
  authorize('a stranger', ({ signIn }) => signIn.agent),
  authorize('signed in', ({ signedIn }) => signedIn),
  authorize('signed in, for an API', ({ signedIn }) => signedIn, {
    scope: 'openid orders:read',
    resource: API,
  }),
  authorize('signed in, to consent', ({ signedIn }) => signedIn, OFFLINE),
  authorize('silently', ({ signedIn }) => signedIn, { prompt: 'none' }),
  person('authorize, resumed', ({ resume }) => visited(resume.agent, resume.url)),
  ...signInPages,
  ...accountPages,
  person('logout, confirmed', ({ logout }) => pressed(logout, '#logout-yes')),
  person('logout, shown', ({ signedIn, issuer }) => visited(signedIn, `${issuer}/oauth2/logout`)),
]

/** In this order they can all succeed, one after the other. */
export const first: readonly Endpoint[] = [...programs, ...services, ...pages]

/** Likewise, with what is made anew: they undo or contradict one of the first. */
export const second: readonly Endpoint[] = [
  looked('revoke', 'access token', ({ tokens }) => tokens.access),
  looked('revoke', 'refresh token', ({ tokens }) => tokens.refresh),
  looked('revoke', 'token of a service', ({ tokens }) => tokens.ofService, service),
  rest('logout', (made) => ({ refresh_token: made.rest.refresh }), true),
  person('sign-in, cancelled', ({ signIn }) => pressed(signIn, '#cancel')),
  person('consent, denied', ({ consent }) => pressed(consent, '#deny')),
  person('logout, refused', ({ logout }) => pressed(logout, '#logout-no')),
]

/** Paths that need neither store. */
export const storeless: readonly string[] = [
  '/',
  '/register',
  '/recover',
  '/recover/sent',
  '/livez',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/oauth2/jwks',
]
