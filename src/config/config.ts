import type { Values } from './settings.ts'

/** A setting as `config print` shows it. */
export interface ShownSetting {
  name: string
  /** A secret is masked; empty if unset. */
  value: string
  source: 'default' | 'environment' | 'file'
}

/** The configuration: frozen, times in seconds. */
export interface Config {
  /** Origin, without a slash at its end. */
  readonly issuer: string
  readonly listen: {
    readonly host: string
    readonly port: number
    /** Undefined: no management port. */
    readonly managementPort: number | undefined
  }
  /** Undefined: no gRPC service. The files are PEM. */
  readonly grpc:
    | {
        readonly port: number
        /** Undefined: plain text. */
        readonly tls:
          | { readonly cert: string; readonly key: string; readonly clientCa: string | undefined }
          | undefined
      }
    | undefined
  /** Loopback issuer, and NODE_ENV is not `production`: demo clients, playground, printed password. */
  readonly development: boolean
  /** Processes on this machine. */
  readonly workers: number
  /** Undefined: the embedded store. */
  readonly scale: { readonly mongodbUrl: string; readonly redisUrl: string } | undefined
  readonly dataDir: string
  readonly keysDir: string
  /** Undefined: the key files in `keysDir` are used. */
  readonly keys: {
    /** The first signs, all verify. */
    readonly cookieKeys: string[] | undefined
    /** 32 bytes each; the first seals, all open. */
    readonly sealingKeys: Buffer[] | undefined
  }
  /** Of no proxy, of all, or of so many in a row. */
  readonly trustProxy: boolean | number
  readonly ttl: {
    readonly accessToken: number
    readonly idToken: number
    readonly authorizationCode: number
    readonly clientCredentials: number
    readonly interaction: number
    readonly session: number
    readonly sessionAbsolute: number
    readonly refreshToken: number
    readonly refreshTokenAbsolute: number
  }
  readonly refreshGrace: number
  readonly argon2: {
    readonly memoryKib: number
    readonly timeCost: number
    readonly parallelism: number
    /** Hashes at the same time. */
    readonly concurrency: number
    /** Hashes that may wait. */
    readonly queue: number
  }
  /** Failed sign-ins in 15 minutes; registrations in an hour. */
  readonly limits: {
    readonly signInAccountPrefix: number
    readonly signInAccount: number
    readonly signInPrefix: number
    readonly registrationPrefix: number
    readonly codeAccount: number
    readonly mailAccount: number
    readonly mailPrefix: number
  }
  /** The REST API for first-party services. */
  readonly authApi: { readonly isOn: boolean; readonly corsOrigins: string[] }
  readonly passwordMinLength: number
  /** Address of the range API; undefined: passwords are not looked up. */
  readonly breachedPasswordsUrl: string | undefined
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string | undefined }
  readonly mfa: { readonly policy: Values['MFA_POLICY']; readonly requiredRoles: string[] }
  /** Seconds. */
  readonly deletionDelay: number
  readonly securityContact: string | undefined
  readonly registration: Values['REGISTRATION']
  readonly defaultResource: string
  readonly seedFile: string | undefined
  readonly logLevel: Values['LOG_LEVEL']
  /** IP addresses and CIDR ranges. */
  readonly outboundAllow: string[]
  readonly brand: { readonly accent: string; readonly logo: string | undefined }
  readonly bootstrapAdmin: { readonly email: string; readonly password: string } | undefined
  readonly drain: { readonly delay: number; readonly timeout: number }
  /** Sentences about names that look like misspelt settings, for the log. */
  readonly warnings: string[]
  /** Every setting, for `config print`. */
  readonly settings: ShownSetting[]
}

/** What the values alone do not tell. */
export type Circumstances = Pick<Config, 'development' | 'workers' | 'warnings' | 'settings'>

/** Puts the values in order, by topic. */
export const toConfig = (values: Values, circumstances: Circumstances): Config =>
  frozen({
    issuer: values.ISSUER,
    listen: { host: values.HOST, port: values.PORT, managementPort: values.MANAGEMENT_PORT },
    grpc: grpc(values),
    scale: scale(values),
    dataDir: values.DATA_DIR,
    keysDir: values.KEYS_DIR,
    keys: { cookieKeys: values.COOKIE_KEYS, sealingKeys: values.SEALING_KEY },
    trustProxy: values.TRUST_PROXY,
    ttl: ttl(values),
    refreshGrace: values.REFRESH_GRACE,
    argon2: argon2(values),
    limits: limits(values),
    authApi: { isOn: values.AUTH_API === 'on', corsOrigins: values.AUTH_CORS_ORIGINS ?? [] },
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    breachedPasswordsUrl: values.BREACHED_PASSWORDS === 'on' ? values.BREACHED_PASSWORDS_URL : undefined,
    mail: { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM },
    mfa: { policy: values.MFA_POLICY, requiredRoles: values.MFA_REQUIRED_ROLES ?? [] },
    deletionDelay: values.DELETION_DELAY,
    securityContact: values.SECURITY_CONTACT,
    registration: values.REGISTRATION,
    defaultResource: values.DEFAULT_RESOURCE,
    seedFile: values.SEED_FILE,
    logLevel: values.LOG_LEVEL,
    outboundAllow: values.OUTBOUND_ALLOW ?? [],
    brand: { accent: values.ACCENT, logo: values.LOGO },
    bootstrapAdmin: bootstrapAdmin(values),
    drain: { delay: values.DRAIN_DELAY, timeout: values.DRAIN_TIMEOUT },
    ...circumstances,
  })

const scale = ({ MONGODB_URL: mongodbUrl, REDIS_URL: redisUrl }: Values): Config['scale'] =>
  mongodbUrl === undefined || redisUrl === undefined ? undefined : { mongodbUrl, redisUrl }

const grpc = ({ GRPC_PORT: port, ...values }: Values): Config['grpc'] => {
  const { GRPC_TLS_CERT: cert, GRPC_TLS_KEY: key, GRPC_TLS_CLIENT_CA: clientCa } = values
  if (port === undefined) return undefined
  return { port, tls: cert === undefined || key === undefined ? undefined : { cert, key, clientCa } }
}

const ttl = (values: Values): Config['ttl'] => ({
  accessToken: values.TTL_ACCESS_TOKEN,
  idToken: values.TTL_ID_TOKEN,
  authorizationCode: values.TTL_AUTHORIZATION_CODE,
  clientCredentials: values.TTL_CLIENT_CREDENTIALS,
  interaction: values.TTL_INTERACTION,
  session: values.TTL_SESSION,
  sessionAbsolute: values.TTL_SESSION_ABSOLUTE,
  refreshToken: values.TTL_REFRESH_TOKEN,
  refreshTokenAbsolute: values.TTL_REFRESH_TOKEN_ABSOLUTE,
})

const argon2 = (values: Values): Config['argon2'] => ({
  memoryKib: values.ARGON2_MEMORY,
  timeCost: values.ARGON2_TIME,
  parallelism: values.ARGON2_PARALLELISM,
  concurrency: values.HASH_CONCURRENCY,
  queue: values.HASH_QUEUE,
})

const limits = (values: Values): Config['limits'] => ({
  signInAccountPrefix: values.LIMIT_SIGN_IN_ACCOUNT_PREFIX,
  signInAccount: values.LIMIT_SIGN_IN_ACCOUNT,
  signInPrefix: values.LIMIT_SIGN_IN_PREFIX,
  registrationPrefix: values.LIMIT_REGISTRATION_PREFIX,
  codeAccount: values.LIMIT_CODE_ACCOUNT,
  mailAccount: values.LIMIT_MAIL_ACCOUNT,
  mailPrefix: values.LIMIT_MAIL_PREFIX,
})

const bootstrapAdmin = (values: Values): Config['bootstrapAdmin'] => {
  const { BOOTSTRAP_ADMIN_EMAIL: email, BOOTSTRAP_ADMIN_PASSWORD: password } = values
  return email === undefined || password === undefined ? undefined : { email, password }
}

/** Freezes it through and through; the bytes of a Buffer cannot be frozen. */
const frozen = <Value extends object>(value: Value): Value => {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Buffer.isBuffer(part)) frozen(part)
  }
  return Object.freeze(value)
}
