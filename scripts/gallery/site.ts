import { linkIn, mailFiles } from '../../test/support/mail-files.ts'
import { type RunningServer, startServer } from '../../test/support/server.ts'
import { type Showroom, startShowroom } from './showroom.ts'

const ORDERS = 'https://orders.harbor-travel.example/api'

export const kim = { login: 'kim.larsen@example.com', password: 'amber lantern on the quay' }

/** Whose devices are few: nobody else signs in as Sam. */
export const sam = { login: 'sam.ode@example.com', password: 'velvet harbour at seven bells' }

/** Who leaves. */
export const pat = { login: 'pat.quinn@example.com', password: 'copper kettle in the lighthouse' }

/** Applications that ask at the gate: an ordinary one, and one whose operator tries the layout. */
export const harbor = { clientId: 'harbor-travel', redirectUri: 'https://harbor-travel.example/callback' }
export const sprawl = {
  clientId: 'sprawl',
  redirectUri: 'https://a-host-with-a-rather-long-name.sprawling-department.some-company.example/callback',
}

const application = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  permissions: { [ORDERS]: ['orders:read', 'orders:write', 'invoices:read'] },
}
const seed = {
  resources: [
    { identifier: ORDERS, name: 'Orders', permissions: ['orders:read', 'orders:write', 'invoices:read'] },
  ],
  roles: [
    { name: 'traveller', permissions: application.permissions },
    { name: 'newcomer', permissions: {}, default: true },
  ],
  clients: [
    {
      ...application,
      client_id: harbor.clientId,
      client_name: 'Harbor Travel',
      client_uri: 'https://harbor-travel.example',
      policy_uri: 'https://harbor-travel.example/privacy',
      redirect_uris: [harbor.redirectUri],
    },
    {
      ...application,
      client_id: sprawl.clientId,
      client_name: 'Reisekostenabrechnungsübersichtsdienst der Verwaltungsgemeinschaft',
      policy_uri: 'https://some-company.example/privacy',
      tos_uri: 'https://some-company.example/terms',
      redirect_uris: [sprawl.redirectUri],
    },
  ],
  accounts: [
    {
      email: kim.login,
      password: kim.password,
      name: 'Kim Larsen',
      email_verified: true,
      roles: ['traveller'],
    },
    { email: pat.login, password: pat.password, name: 'Pat Quinn', email_verified: true },
    { email: sam.login, password: sam.password, name: 'Sam Ode', email_verified: true },
  ],
}

/** What an application usually asks of Kim, and all that it could. */
export const usual = {
  scope: 'openid profile email orders:read offline_access',
  resource: ORDERS,
  prompt: 'consent',
}
export const everything = { ...usual, scope: `${usual.scope} roles orders:write invoices:read` }

/** Where the pages are seen. */
export interface Site {
  issuer: string
  /** Shows what a server shows only when something is wrong with it. */
  showroom: string
  /** The link of the next letter to this address. */
  linkTo(email: string): Promise<string>
}

export interface RunningSite extends Site {
  stop(): Promise<void>
}

/** Every state asks for letters of its own, from one address, and Kim signs in to several at the same time. */
const PATIENT = {
  LIMIT_SIGN_IN_ACCOUNT_PREFIX: '8',
  LIMIT_MAIL_ACCOUNT: '10000',
  LIMIT_MAIL_PREFIX: '10000',
  LIMIT_REGISTRATION_PREFIX: '10000',
}

/** A real server with Harbor Travel and Kim, and a showroom beside it. */
export const startSite = async (): Promise<RunningSite> => {
  const env = { MFA_REQUIRED_ROLES: 'newcomer', ...PATIENT }
  const [server, showroom]: [RunningServer, Showroom] = await Promise.all([
    startServer({ seed, env }),
    startShowroom(),
  ])
  const letters = mailFiles(server)
  return {
    issuer: server.issuer,
    showroom: showroom.origin,
    linkTo: async (to) => linkIn(await letters.next({ to })),
    stop: async () => {
      await Promise.all([server.stop(), showroom.stop()])
    },
  }
}

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** The request by which an application sends a person to the gate; nobody redeems its code. */
export const authorizationUrl = (
  issuer: string,
  { clientId, redirectUri }: { clientId: string; redirectUri: string },
  parameters: Record<string, string> = {},
): string => {
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...parameters,
  })
  return `${issuer}/oauth2/authorize?${query}`
}
