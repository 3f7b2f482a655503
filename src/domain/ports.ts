/**
 * What the rules need from the outside world. Durable facts live as long as their owner wants; expiring facts
 * die by themselves. Every write resolves only after it is durable; a store that is away rejects with the
 * refusal `store_unavailable`. Each driver proves this page with the contract suite in `test/contract`.
 */

import type { Condition } from './access/condition.ts'
import type { AuditType } from './audit-events.ts'

/** Milliseconds since the epoch. A parameter everywhere, so that a test sets the time. */
export type Clock = () => number

/** A JSON value as stored. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** A role held by an account or client, by the role's immutable id. */
export type Assignment = {
  roleId: string
  /** Narrowed to one thing of a type that an API declares. */
  on?: { type: string; id: string }
  /** Milliseconds; from this moment it grants nothing. */
  until?: number
  /** Grants only where this holds. */
  when?: Condition
}

/** A time-based one-time password (RFC 6238) of an authenticator app. */
export interface Totp {
  /** The secret in base32, sealed. */
  secret: string
  /** Time step of the last code that was taken; a code of this step or an earlier one is never taken again. */
  lastStep: number
  addedAt: number
  lastUsedAt: number | undefined
}

/** Codes that stand in for a second factor, each once. */
export interface RecoveryCodes {
  madeAt: number
  /** Those that are left: the first character, which tells them apart, and the argon2id hash of the whole code. */
  left: { mark: string; hash: string }[]
}

/** A WebAuthn credential. */
export interface Passkey {
  /** Credential id, base64url. */
  id: string
  /** COSE key, base64url. */
  publicKey: string
  /** Signature counter as last seen; 0 for authenticators that keep none. */
  counter: number
  transports: string[]
  /** What its owner calls it. */
  name: string
  /** Copied between devices by a password manager. */
  isSynced: boolean
  addedAt: number
  lastUsedAt: number | undefined
}

/** What can prove a person beside the password. */
export interface Factors {
  totp: Totp | undefined
  recoveryCodes: RecoveryCodes | undefined
  passkeys: Passkey[]
}

/** A deletion that its owner asked for and can still take back. */
export interface Deletion {
  /** Milliseconds; from this moment the account may be removed. */
  due: number
  /** Clients that are told when it happens. */
  clientIds: string[]
}

export interface Account {
  /** Subject identifier (OpenID Connect Core §2): never reused, never an e-mail address. */
  sub: string
  /** The address as its owner wrote it; mail goes here. */
  email: string
  /** Canonical form of the address for look-up; unique. */
  emailKey: string
  emailVerified: boolean
  name: string | undefined
  locale: string | undefined
  /** argon2id PHC string, or what another system made of it; undefined for an account without a password. */
  password: string | undefined
  passwordChangedAt: number | undefined
  factors: Factors
  roles: Assignment[]
  disabled: boolean
  /** Milliseconds. Sessions and grants born before this moment are dead. */
  validAfter: number
  /** Clients that the person removed: their grants born before `at` (milliseconds) are dead. */
  clientsValidAfter: { clientId: string; at: number }[]
  deletion: Deletion | undefined
  createdAt: number
  updatedAt: number
  /** Compare-and-set counter, starts at 1. */
  version: number
}

export type Inserted = { kind: 'inserted' } | { kind: 'taken' }
/** `stale`: somebody else changed the record since it was read; read again and decide again. */
export type Replaced = { kind: 'replaced' } | { kind: 'stale' } | { kind: 'taken' }

export interface AccountStore {
  /** Inserts atomically; `taken` if the sub or the emailKey exists. */
  insert(account: Account): Promise<Inserted>
  /** From memory where it can be: at most a second behind what another process has changed. */
  find(sub: string): Promise<Account | undefined>
  /** As `find`, and never behind. Costs a read of the store. */
  present(sub: string): Promise<Account | undefined>
  findByEmailKey(emailKey: string): Promise<Account | undefined>
  /** Stores `account` with version + 1 if the stored version equals `account.version`; `taken` on an emailKey clash. */
  replace(account: Account): Promise<Replaced>
  /** Accounts in order of emailKey after `after`, at most `limit` (keyset pagination). */
  list(options: { after?: string; limit: number; prefix?: string }): Promise<Account[]>
  /** Accounts whose deletion is due at `before` (milliseconds) or earlier, the longest due first. */
  due(options: { before: number; limit: number }): Promise<Account[]>
  /**
   * Accounts with an assignment of any of these roles, whatever narrows it, each once, in order of sub after `after`, at
   * most `limit` (keyset pagination).
   */
  holding(options: { roleIds: readonly string[]; after?: string; limit: number }): Promise<Account[]>
  remove(sub: string): Promise<boolean>
}

/** A registered client: RFC 7591 metadata plus our members, secret already hashed or sealed. */
export interface ClientRecord {
  clientId: string
  metadata: JsonObject
  version: number
}

export interface ClientStore {
  insert(client: ClientRecord): Promise<Inserted>
  find(clientId: string): Promise<ClientRecord | undefined>
  replace(client: ClientRecord): Promise<Replaced>
  list(): Promise<ClientRecord[]>
  remove(clientId: string): Promise<boolean>
}

/** A named document changed only by compare-and-set: the access model, the holders of `admin`, signing keys. */
export interface VersionedDocument {
  value: JsonObject
  version: number
}

export interface DocumentStore {
  read(name: string): Promise<VersionedDocument | undefined>
  /** All of them, in order of their names. */
  list(): Promise<(VersionedDocument & { name: string })[]>
  /** Writes if the stored version equals `expected` (0 = must not exist yet); true if this caller won. */
  write(name: string, value: JsonObject, expected: number): Promise<boolean>
}

/** What a person allowed a client: OpenID scopes, and scopes per resource. */
export interface Consent {
  sub: string
  clientId: string
  scopes: string[]
  /** resource identifier -> scopes */
  resources: Record<string, string[]>
  updatedAt: number
}

export interface ConsentStore {
  find(sub: string, clientId: string): Promise<Consent | undefined>
  /** Adds the scopes to what is stored, in one atomic step. */
  add(consent: Consent): Promise<void>
  list(sub: string): Promise<Consent[]>
  /** Of everybody, in order of sub and client, after `after`, at most `limit` (keyset pagination). */
  page(options: { after?: Pick<Consent, 'sub' | 'clientId'>; limit: number }): Promise<Consent[]>
  remove(sub: string, clientId: string): Promise<boolean>
}

export interface AuditEvent {
  /** Unique, and sorts by time. */
  id: string
  at: number
  type: string
  actor: string | undefined
  sub: string | undefined
  clientId: string | undefined
  address: string | undefined
  detail: JsonObject
}

export interface AuditStore {
  /** Leaves an event alone that has this id already. */
  append(event: AuditEvent): Promise<void>
  /**
   * Newest first. `before` is the id of an event, for the next page; `since` and `until` are milliseconds, both
   * included.
   */
  list(options: {
    limit: number
    before?: string
    sub?: string
    actor?: string
    type?: string
    since?: number
    until?: number
  }): Promise<AuditEvent[]>
}

/** An expiring fact. `key` is a SHA-256 of the secret id; the raw value never reaches a store. */
export interface Artifact {
  /** Engine model or our own kind: `AccessToken`, `Session`, `Progress`, … The key space is per model. */
  model: string
  key: string
  payload: JsonObject
  /** Milliseconds; from this moment the artifact is not found. */
  expiresAt: number
  /** All artifacts of one Grant can be removed by it. */
  grantId: string | undefined
  /** Milliseconds of the first `consume`; set by the store only. */
  consumedAt: number | undefined
  /** Compare-and-set counter; set by the store only, starts at 1. */
  revision: number
}

export type NewArtifact = Pick<Artifact, 'model' | 'key' | 'expiresAt' | 'grantId'> & {
  /** Anything that JSON can carry; members that are undefined are left out. */
  payload: Readonly<Record<string, unknown>>
}

export type Consumed =
  | { kind: 'won' }
  /** Another caller consumed it at `consumedAt` (milliseconds). */
  | { kind: 'lost'; consumedAt: number }
  | { kind: 'gone' }

/**
 * Calls on one key take effect in the order in which they were made, even when the caller does not wait for the
 * first; a read sees every write that was called before it by the same process.
 */
export interface ArtifactStore {
  /** Inserts or overwrites; keeps `consumedAt`. */
  put(artifact: NewArtifact): Promise<void>
  /** Puts if the stored revision equals `expected` (0 = must not exist); true if this caller won. */
  putIf(artifact: NewArtifact, expected: number): Promise<boolean>
  find(model: string, key: string): Promise<Artifact | undefined>
  /** Marks as used, atomically: of any number of parallel callers exactly one wins. */
  consume(model: string, key: string): Promise<Consumed>
  /** Removes and returns, atomically: exactly one caller gets it. */
  takeOnce(model: string, key: string): Promise<Artifact | undefined>
  remove(model: string, key: string): Promise<void>
  /** Removes every artifact that carries this grant id. */
  removeFamily(grantId: string): Promise<void>
  /** Set-if-absent until `expiresAt` (milliseconds); true for the first caller only. */
  mark(kind: string, key: string, expiresAt: number): Promise<boolean>
}

export interface Counter {
  count: number
  /** Milliseconds at which the window ends and the count starts again. */
  resetAt: number
}

/** Fixed-window counters for limits. */
export interface CounterStore {
  /** Adds one in a window of `window` milliseconds that starts with the first hit; returns the state after. */
  increment(key: string, window: number): Promise<Counter>
  read(key: string): Promise<Counter | undefined>
  /** Takes one back, never below zero. */
  decrement(key: string): Promise<void>
  reset(key: string): Promise<void>
}

/** Tells that something changed outside of this process's own calls, or by them. */
export const changeTopics = ['clients', 'documents', 'accounts'] as const
export type ChangeTopic = (typeof changeTopics)[number]

export interface Store {
  readonly kind: 'sqlite' | 'mongo+redis'
  accounts: AccountStore
  clients: ClientStore
  documents: DocumentStore
  consents: ConsentStore
  audit: AuditStore
  artifacts: ArtifactStore
  counters: CounterStore
  /** Resolves when the store answers; rejects with `store_unavailable` otherwise. */
  ping(): Promise<void>
  /** Calls `listener` after a change of the topic, by this process (at once) or another one (within a second). */
  onChange(listener: (topic: ChangeTopic) => void): () => void
  /** Flushes and closes; later calls reject with `store_unavailable`. */
  close(): Promise<void>
}

/** Hashes passwords, with bounded concurrency; rejects with the refusal `busy` when its queue is full. */
export interface Hasher {
  /** Returns a PHC string in the standard parameter order. */
  hash(password: string): Promise<string>
  /** False for a wrong password and for anything that is not a usable hash. */
  verify(phc: string, password: string): Promise<boolean>
  /** Same cost as `verify` with present parameters, for accounts that do not exist. */
  verifyNothing(password: string): Promise<void>
  /** True when the hash is weaker than the present parameters, or not of our own kind. */
  isOutdated(phc: string): boolean
  /** Why a hash from elsewhere can never be verified here; undefined for one that can. */
  fault(hash: string): 'malformed' | 'too_costly' | undefined
}

/** Seals values that must come back in clear: `v1.<key id>.<iv>.<ciphertext>` (AES-256-GCM). */
export interface Sealer {
  /** @param purpose derives the key (HKDF); @param context additional authenticated data: model, record, field */
  seal(purpose: string, context: string, clear: string): string
  /** Throws if the value was altered, belongs elsewhere or its key is unknown. */
  open(purpose: string, context: string, sealed: string): string
  /** Keyed hash for high-entropy secrets, base64url. */
  mac(purpose: string, value: string): string
  /** MACs under every known key, newest first, to verify what an older key made. */
  macs(purpose: string, value: string): string[]
}

/** Security events on their way to the audit store, the log and the metrics. Never rejects. */
export type Audit = (event: {
  type: AuditType
  actor?: string
  sub?: string
  clientId?: string
  address?: string
  detail?: JsonObject
}) => void
