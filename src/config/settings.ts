import { z } from 'zod'
import { isLoopback, issuer } from './issuer.ts'
import * as kinds from './kinds.ts'

/** Settings on which the defaults of others rest. */
type Basis = 'ISSUER' | 'PORT' | 'WORKERS' | 'MFA_POLICY'

/** A default that is worked out; `words` stand for it in the documentation. */
export interface Derived {
  words: string
  from(text: (name: Basis) => string, cores: number): string
}

export interface Description {
  /** How a value is written. */
  words: string
  /** One sentence for the operator. */
  about: string
  default?: string | Derived
  /** Never shown, and may come from the file that `<NAME>_FILE` names. */
  secret?: true
}

const descriptions = z.registry<Description>()

const setting = <Schema extends z.ZodType>(
  { words, schema }: kinds.Kind<Schema>,
  described: Omit<Description, 'words'> & { default: string | Derived },
): Schema => {
  descriptions.add(schema, { words, ...described })
  return schema
}

const optional = <Schema extends z.ZodType>(
  { words, schema }: kinds.Kind<Schema>,
  described: Omit<Description, 'words' | 'default'>,
): z.ZodOptional<Schema> => {
  const unset = schema.optional()
  descriptions.add(unset, { words, ...described })
  return unset
}

const redisSchemes = ['redis', 'rediss'].flatMap((scheme) => [
  scheme,
  `${scheme}+sentinel`,
  `${scheme}+cluster`,
])

const DAY = 86_400
const YEAR = 366 * DAY

/** The workers share the cores. */
const hashConcurrency = (workers: string, cores: number): number => {
  const sharing = workers === 'auto' ? cores : Number(workers) || 1
  return Math.min(Math.max(Math.floor(cores / sharing), 1), 8)
}

/** Every setting, in the order of the documentation. */
export const settings = z.object({
  ISSUER: setting(issuer(), {
    default: { words: 'http://localhost:<PORT>', from: (text) => `http://localhost:${text('PORT')}` },
    about:
      'Address under which people and applications reach the server; a loopback one makes a development start.',
  }),
  HOST: setting(kinds.host(), {
    default: {
      words: '127.0.0.1 on a loopback issuer, else 0.0.0.0',
      from: (text) => (isLoopback(text('ISSUER')) ? '127.0.0.1' : '0.0.0.0'),
    },
    about: 'Network address to listen on.',
  }),
  PORT: setting(kinds.integer(1, 65_535), { default: '3000', about: 'Port to listen on.' }),
  MANAGEMENT_PORT: optional(kinds.integer(1, 65_535), {
    about: 'Port of health and metrics on 127.0.0.1; off when unset.',
  }),
  NODE_ENV: optional(kinds.line('production, or anything else'), {
    about: 'With `production` the production rules hold on a loopback issuer, too.',
  }),
  TRUST_PROXY: setting(kinds.trustedProxies(), {
    default: 'false',
    about: 'How many proxies in front of the server are believed about the client address.',
  }),
  LOG_LEVEL: setting(kinds.choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), {
    default: 'info',
    about: 'Least severe log lines to write.',
  }),
  WORKERS: setting(kinds.workers(), {
    default: '1',
    about:
      'Server processes on this machine, `auto` for one per processor core; more than one needs scale mode.',
  }),
  DRAIN_DELAY: setting(kinds.seconds(0, 60), {
    default: '0',
    about: 'Time between reporting not ready and closing at SIGTERM, for load balancers to notice.',
  }),
  DRAIN_TIMEOUT: setting(kinds.seconds(0, 25), {
    default: '10',
    about: 'Time for requests in flight to finish at SIGTERM.',
  }),

  DATA_DIR: setting(kinds.line('folder'), { default: './data', about: 'Folder of the embedded store.' }),
  KEYS_DIR: setting(kinds.line('folder'), {
    default: './keys',
    about:
      'Folder of the local key files, made at the first start where COOKIE_KEYS or SEALING_KEY is unset.',
  }),
  COOKIE_KEYS: optional(kinds.cookieKeys(), {
    secret: true,
    about: 'Keys of cookie signatures: the first signs, all verify.',
  }),
  SEALING_KEY: optional(kinds.sealingKeys(), {
    secret: true,
    about: 'Keys of secrets at rest: the first seals, all open.',
  }),
  MONGODB_URL: optional(kinds.address('mongodb:// or mongodb+srv:// URL', ['mongodb', 'mongodb+srv']), {
    secret: true,
    about: 'Durable store of scale mode; set together with REDIS_URL.',
  }),
  REDIS_URL: optional(
    kinds.address('redis://, redis+sentinel:// or redis+cluster:// URL (rediss for TLS)', redisSchemes),
    { secret: true, about: 'Expiring store of scale mode; set together with MONGODB_URL.' },
  ),

  SEED_FILE: optional(kinds.line('path of a JSON file'), {
    about: 'Resources, roles, clients and accounts to apply at each start.',
  }),
  BOOTSTRAP_ADMIN_EMAIL: optional(kinds.email(), {
    about: 'Address of the first administrator, made at the start if there is none.',
  }),
  BOOTSTRAP_ADMIN_PASSWORD: optional(kinds.anything('password'), {
    secret: true,
    about: 'Password of the first administrator.',
  }),
  DEFAULT_RESOURCE: setting(kinds.resource(), {
    default: { words: '<ISSUER>/api', from: (text) => `${text('ISSUER')}/api` },
    about: 'Audience of the tokens of first-party sign-ins through the REST API.',
  }),
  PROFILE: setting(kinds.choice('default', 'conformance', 'fapi2'), {
    default: 'default',
    about: 'Set of protocol rules: what the OpenID test plans require, or FAPI 2.0.',
  }),
  OUTBOUND_ALLOW: optional(kinds.networks(), {
    about: 'Private addresses that outgoing requests may reach (key sets, back-channel logout).',
  }),
  AUTH_API: setting(kinds.choice('on', 'off'), { default: 'on', about: 'REST API below /auth/.' }),
  AUTH_CORS_ORIGINS: optional(kinds.origins(), {
    about: 'Origins whose scripts may call the REST API.',
  }),

  REGISTRATION: setting(kinds.choice('open', 'verified', 'closed'), {
    default: 'open',
    about: 'Who may register: everybody, who proves an e-mail address, or nobody.',
  }),
  PASSWORD_MIN_LENGTH: setting(kinds.integer(8, 64), {
    default: {
      words: '15; 8 with MFA_POLICY=required',
      from: (text) => (text('MFA_POLICY') === 'required' ? '8' : '15'),
    },
    about: 'Shortest password that is accepted, in characters.',
  }),
  MFA_POLICY: setting(kinds.choice('off', 'optional', 'required'), {
    default: 'optional',
    about:
      'Who has a second factor: nobody may add one, who wants to, or everybody. Who has one is always asked for it.',
  }),
  MFA_REQUIRED_ROLES: optional(kinds.names('comma-separated names of roles'), {
    about: 'Roles whose holders must have a second factor, whatever MFA_POLICY says.',
  }),
  BREACHED_PASSWORDS: setting(kinds.choice('off', 'on'), {
    default: 'off',
    about:
      'Whether new passwords are looked up among stolen ones. Five characters of a hash leave this server, never a password.',
  }),
  BREACHED_PASSWORDS_URL: setting(kinds.url('http:// or https:// URL', ['http:', 'https:']), {
    default: 'https://api.pwnedpasswords.com/range/',
    about: 'Service that is asked for stolen passwords (range API of Have I Been Pwned, or a mirror).',
  }),
  DELETION_DELAY: setting(kinds.seconds(0, YEAR), {
    default: '1209600',
    about: 'Time in which a deleted account can be taken back (14 days).',
  }),
  SMTP_URL: optional(kinds.url('smtp:// or smtps:// URL', ['smtp:', 'smtps:']), {
    secret: true,
    about: 'Mail server that delivers the mail.',
  }),
  MAIL_FROM: optional(kinds.sender(), {
    about: 'Sender of the mail; wanted with SMTP_URL.',
  }),
  SECURITY_CONTACT: optional(kinds.url('mailto: or https:// URL', ['mailto:', 'https:']), {
    about: 'Where to report a security problem, for `/.well-known/security.txt`.',
  }),
  ACCENT: setting(kinds.colour(), { default: '#0c6a5b', about: 'Colour of buttons and links.' }),
  LOGO: optional(kinds.picture(), { about: 'Picture above the forms in place of the Gatehouse mark.' }),

  TTL_ACCESS_TOKEN: setting(kinds.seconds(1, DAY), { default: '600', about: 'Life of an access token.' }),
  TTL_ID_TOKEN: setting(kinds.seconds(1, DAY), { default: '600', about: 'Life of an ID token.' }),
  TTL_AUTHORIZATION_CODE: setting(kinds.seconds(1, 60), {
    default: '60',
    about: 'Life of an authorization code.',
  }),
  TTL_CLIENT_CREDENTIALS: setting(kinds.seconds(1, DAY), {
    default: '600',
    about: 'Life of an access token that a client got for itself.',
  }),
  TTL_INTERACTION: setting(kinds.seconds(1, DAY), {
    default: '3600',
    about: 'Time to finish signing in and consenting.',
  }),
  TTL_SESSION: setting(kinds.seconds(1, YEAR), {
    default: '1209600',
    about: 'Life of an unused browser session (14 days).',
  }),
  TTL_SESSION_ABSOLUTE: setting(kinds.seconds(1, YEAR), {
    default: '7776000',
    about: 'Life of a browser session since the sign-in (90 days).',
  }),
  TTL_REFRESH_TOKEN: setting(kinds.seconds(1, YEAR), {
    default: '2592000',
    about: 'Life of an unused refresh token (30 days).',
  }),
  TTL_REFRESH_TOKEN_ABSOLUTE: setting(kinds.seconds(1, YEAR), {
    default: '7776000',
    about: 'Life of a family of refresh tokens since the first (90 days).',
  }),
  REFRESH_GRACE: setting(kinds.seconds(0, 300), {
    default: '10',
    about:
      'Time in which a refresh token presented again gets the same successor instead of ending its family.',
  }),

  ARGON2_MEMORY: setting(kinds.integer(128, 262_144, 'KiB'), {
    default: '19456',
    about: 'Memory of one password hash.',
  }),
  ARGON2_TIME: setting(kinds.integer(1, 16), { default: '2', about: 'Passes of one password hash.' }),
  ARGON2_PARALLELISM: setting(kinds.integer(1, 16), { default: '1', about: 'Lanes of one password hash.' }),
  HASH_CONCURRENCY: setting(kinds.integer(1, 12), {
    default: {
      words: 'processor cores per worker, at most 8',
      from: (text, cores) => String(hashConcurrency(text('WORKERS'), cores)),
    },
    about: 'Password hashes at the same time.',
  }),
  HASH_QUEUE: setting(kinds.integer(0, 100_000), {
    default: '175',
    about: 'Password hashes that may wait, about 5 seconds of work; more get 503.',
  }),
  LIMIT_SIGN_IN_ACCOUNT_PREFIX: setting(kinds.integer(1, 1_000_000), {
    default: '20',
    about: 'Failed sign-ins in 15 minutes per account and address prefix.',
  }),
  LIMIT_SIGN_IN_ACCOUNT: setting(kinds.integer(1, 1_000_000), {
    default: '100',
    about: 'Failed sign-ins in 15 minutes per account.',
  }),
  LIMIT_SIGN_IN_PREFIX: setting(kinds.integer(1, 1_000_000), {
    default: '300',
    about: 'Failed sign-ins in 15 minutes per address prefix.',
  }),
  LIMIT_REGISTRATION_PREFIX: setting(kinds.integer(1, 1_000_000), {
    default: '60',
    about: 'Registrations in an hour per address prefix.',
  }),
  LIMIT_CODE_ACCOUNT: setting(kinds.integer(1, 1_000_000), {
    default: '5',
    about: 'Wrong codes of a second factor in 15 minutes per account.',
  }),
  LIMIT_MAIL_ACCOUNT: setting(kinds.integer(1, 1_000_000), {
    default: '5',
    about:
      'Mails that anybody can cause in an hour per e-mail address; links for a new password in half an hour.',
  }),
  LIMIT_MAIL_PREFIX: setting(kinds.integer(1, 1_000_000), {
    default: '60',
    about: 'Mails that anybody can cause in an hour per address prefix.',
  }),

  GRPC_PORT: optional(kinds.integer(1, 65_535), {
    about: 'Port of the gRPC service on HOST; off when unset.',
  }),
  GRPC_TLS_CERT: optional(kinds.line('path of a PEM file'), {
    about: 'Certificate chain of the gRPC service, read at the start; without one it speaks plain text.',
  }),
  GRPC_TLS_KEY: optional(kinds.line('path of a PEM file'), {
    about: 'Private key of that certificate.',
  }),
  GRPC_TLS_CLIENT_CA: optional(kinds.line('path of a PEM file'), {
    about: 'Authorities whose certificates gRPC clients must show (mutual TLS).',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(kinds.url('http:// or https:// URL', ['http:', 'https:']), {
    about: 'Collector of OpenTelemetry traces.',
  }),
})

export type SettingName = keyof typeof settings.shape
export type Values = z.output<typeof settings>

export const names: readonly SettingName[] = settings.keyof().options

/** What the operator is told about a setting. */
export const describe = (name: SettingName): Description => {
  const description = descriptions.get(settings.shape[name])
  if (!description) throw new Error(`the setting ${name} has no description`)
  return description
}
