import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { argon2Hasher } from './adapters/argon2-hasher.ts'
import { breachedPasswords } from './adapters/breached-passwords.ts'
import { readKeyFiles } from './adapters/key-files.ts'
import { openLog } from './adapters/log.ts'
import { openMailer } from './adapters/mail/mailer.ts'
import { noMetrics, prometheusMetrics } from './adapters/metrics.ts'
import { sealer as createSealer } from './adapters/sealer.ts'
import type { Config } from './config.ts'
import { access as openAccess } from './domain/access/access.ts'
import { accounts as createAccounts } from './domain/accounts.ts'
import { afterwards } from './domain/afterwards.ts'
import { audit as createAudit } from './domain/audit.ts'
import { livingConsents } from './domain/clients/living-consents.ts'
import { clientRegistry } from './domain/clients/registry.ts'
import { parseEmail } from './domain/email.ts'
import { passwordFaults } from './domain/password-faults.ts'
import { passwordHashFault } from './domain/password-hash.ts'
import { passwordPolicy } from './domain/password-policy.ts'
import type { Clock } from './domain/ports.ts'
import { signingKeys as createSigningKeys } from './domain/signing-keys.ts'
import { openStore } from './store/index.ts'

/** Seconds for which discovery and JWKS may be cached. */
export const JWKS_MAX_AGE = 600
/** Seconds more for every process to load new keys. */
const KEY_MARGIN = 60

/** What the server and every command stand on. */
export type Foundation = Awaited<ReturnType<typeof openFoundation>>

/**
 * Opens the outside world and the store, and builds the rules on them.
 *
 * @param role a server holds the embedded store for itself; `cli` works beside it
 * @throws StartFault, KeyFileFault or SigningKeyFault with a sentence for the operator
 */
export const openFoundation = async (config: Config, role: 'server' | 'cli') => {
  const now: Clock = Date.now
  const outside = await openOutside(config, role, now)
  const { log, metrics, sealer, hasher } = outside
  const store = await openStore({ dataDir: config.dataDir, scale: config.scale, role, now, log, metrics })
  try {
    const rules = await buildRules(config, { ...outside, store, now })
    const close = async (): Promise<void> => {
      await Promise.all([outside.afterwards.settled(), outside.notices.settled()])
      await outside.mailer.close()
      await rules.audit.settled()
      await store.close()
      outside.flush()
    }
    return { ...outside, ...rules, config, now, store, sealer, hasher, close }
  } catch (error) {
    await store.close()
    throw error
  }
}

const openOutside = async (config: Config, role: 'server' | 'cli', now: Clock) => {
  // What a command has to say it prints; its log would be in between.
  const { log, flush } = openLog({ level: role === 'cli' ? 'silent' : config.logLevel })
  for (const warning of config.warnings) log.warn({}, warning)
  const { managementPort } = config.listen
  const prometheus = role === 'cli' || managementPort === undefined ? undefined : await prometheusMetrics()
  const metrics = prometheus?.metrics ?? noMetrics
  const { cookieKeys, sealingKeys } = openKeys(config)
  const sealer = createSealer(sealingKeys)
  return {
    log,
    flush,
    metrics,
    renderMetrics: prometheus?.render,
    cookieKeys,
    sealer,
    hasher: argon2Hasher({ ...config.argon2, metrics }),
    afterwards: afterwards({ log }),
    // Apart, so that a slow application holds up nothing but what other applications are told.
    notices: afterwards({ log }),
    mailer: openMailer({
      issuer: config.issuer,
      accent: config.brand.accent,
      ...config.mail,
      folder: config.development ? join(config.dataDir, 'mail') : undefined,
      log,
      metrics,
      now,
    }),
    isBreached: breachedPasswords({ url: config.breachedPasswordsUrl, metrics, log }),
    // The same in every process that has the same sealing key (RFC 9449 §8).
    dpopNonceSecret: Buffer.from(sealer.mac('dpop-nonce', 'secret'), 'base64url'),
    secure: config.issuer.startsWith('https:'),
  }
}

/** From the settings, or from the files of this machine. */
const openKeys = ({ keys, keysDir }: Config): { cookieKeys: string[]; sealingKeys: Buffer[] } => {
  const { cookieKeys, sealingKeys } = keys
  if (cookieKeys && sealingKeys) return { cookieKeys, sealingKeys }
  const files = readKeyFiles(keysDir)
  return { cookieKeys: cookieKeys ?? [files.cookieKey], sealingKeys: sealingKeys ?? [files.sealingKey] }
}

type Outside = Awaited<ReturnType<typeof openOutside>>
type Opened = Outside & { store: Awaited<ReturnType<typeof openStore>>; now: Clock }

const buildRules = async (config: Config, { store, log, sealer, hasher, isBreached, now }: Opened) => {
  const { issuer, defaultResource, passwordMinLength } = config
  const clients = clientRegistry({
    issuer,
    store: store.clients,
    accounts: store.accounts,
    onChange: store.onChange,
    sealer,
    random: randomBytes,
    now,
  })
  const policy = passwordPolicy({
    minLength: passwordMinLength,
    contextWords: ['gatehouse', new URL(issuer).hostname],
  })
  return {
    audit: createAudit({ store: store.audit, log, now }),
    accounts: createAccounts({
      store: store.accounts,
      hasher,
      now,
      newSub: () => randomBytes(16).toString('base64url'),
    }),
    policy,
    passwordFaults: passwordFaults({ policy, isBreached }),
    /** For accounts that are made elsewhere. */
    accountRules: {
      development: config.development,
      parseEmail,
      passwordFaults: policy.faults,
      hashFault: (hash: string) => passwordHashFault(hasher, hash),
    },
    clients,
    consents: livingConsents(store.consents, clients),
    access: await openAccess({
      documents: store.documents,
      onChange: store.onChange,
      issuer,
      defaultResource,
      now,
      account: (sub) => store.accounts.find(sub),
      client: clients.permissions,
    }),
    signingKeys: createSigningKeys({
      documents: store.documents,
      sealer,
      now,
      publishAhead: JWKS_MAX_AGE + KEY_MARGIN,
      retireAfter: config.ttl.sessionAbsolute,
    }),
  }
}
