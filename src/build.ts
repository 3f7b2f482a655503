import { argon2Hasher } from './adapters/argon2-hasher.ts'
import { readKeyFiles } from './adapters/key-files.ts'
import { openLog } from './adapters/log.ts'
import { noMetrics, prometheusMetrics } from './adapters/metrics.ts'
import { sealer as createSealer } from './adapters/sealer.ts'
import type { Config } from './config.ts'
import { accounts as createAccounts } from './domain/accounts.ts'
import { audit as createAudit } from './domain/audit.ts'
import { signingKeys as createSigningKeys } from './domain/signing-keys.ts'
import { openStore } from './store/index.ts'

/** Seconds for which discovery and JWKS may be cached. */
export const JWKS_MAX_AGE = 600
/** Seconds more for every process to load new keys. */
const KEY_MARGIN = 60

export type Foundation = Awaited<ReturnType<typeof openFoundation>>

/**
 * Opens the outside world and the store and builds the rules on them: what the server and every command stand on.
 *
 * @param role a server holds the embedded store for itself; `cli` works beside it
 * @throws StartFault, KeyFileFault, SigningKeyFault with a sentence for the operator
 */
