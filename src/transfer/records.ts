import { z } from 'zod'
import { Condition } from '../domain/access/condition.ts'
import type {
  Account,
  AuditEvent,
  ClientRecord,
  Consent,
  Factors,
  JsonObject,
  VersionedDocument,
} from '../domain/ports.ts'

/** The kinds of durable data, in the order in which a file has them. */
export const kinds = ['document', 'client', 'account', 'consent', 'audit'] as const
export type Kind = (typeof kinds)[number]

/** How many records of each kind. */
export type Counts = Record<Kind, number>

export const noCounts = (): Counts => ({ document: 0, client: 0, account: 0, consent: 0, audit: 0 })

export const total = (counts: Counts): number => kinds.reduce((sum, kind) => sum + counts[kind], 0)

// What JSON gave is JSON; a copy member by member would lose the name `__proto__`.
const Members = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'wanted an object' },
)
const Id = z.string().min(1)

const MovedDocument = z.strictObject({ name: Id, value: Members })
const MovedClient = z.strictObject({ clientId: Id, metadata: Members })
const MovedFactors = z.strictObject({
  totp: z
    .strictObject({
      secret: z.string(),
      lastStep: z.number(),
      addedAt: z.number(),
      lastUsedAt: z.number().exactOptional(),
    })
    .exactOptional(),
  recoveryCodes: z
    .strictObject({
      madeAt: z.number(),
      left: z.array(z.strictObject({ mark: z.string(), hash: z.string() })),
    })
    .exactOptional(),
  passkeys: z.array(
    z.strictObject({
      id: Id,
      publicKey: z.string(),
      counter: z.number(),
      transports: z.array(z.string()),
      name: z.string(),
      isSynced: z.boolean(),
      addedAt: z.number(),
      lastUsedAt: z.number().exactOptional(),
    }),
  ),
})
const MovedAccount = z.strictObject({
  sub: Id,
  email: z.string(),
  emailKey: Id,
  emailVerified: z.boolean(),
  name: z.string().exactOptional(),
  locale: z.string().exactOptional(),
  password: z.string().exactOptional(),
  passwordChangedAt: z.number().exactOptional(),
  // Files from before there were any have none.
  factors: MovedFactors.exactOptional(),
  roles: z.array(
    z.strictObject({
      roleId: z.string(),
      on: z.strictObject({ type: z.string(), id: z.string() }).exactOptional(),
      until: z.number().exactOptional(),
      when: Condition.exactOptional(),
    }),
  ),
  disabled: z.boolean(),
  validAfter: z.number(),
  clientsValidAfter: z.array(z.strictObject({ clientId: z.string(), at: z.number() })).exactOptional(),
  deletion: z.strictObject({ due: z.number(), clientIds: z.array(z.string()) }).exactOptional(),
  createdAt: z.number(),
  updatedAt: z.number(),
})
const MovedConsent = z.strictObject({
  sub: Id,
  clientId: Id,
  scopes: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  updatedAt: z.number(),
})
const MovedEvent = z.strictObject({
  id: z.string().regex(/^[\w-]+$/),
  at: z.number(),
  type: z.string(),
  actor: z.string().exactOptional(),
  sub: z.string().exactOptional(),
  clientId: z.string().exactOptional(),
  address: z.string().exactOptional(),
  detail: Members,
})

/**
 * A record in a file. Compare-and-set counters stay behind: every store counts for itself, from 1. Members of another
 * release are refused, not dropped.
 */
export const Moved = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('document'), record: MovedDocument }),
  z.strictObject({ kind: z.literal('client'), record: MovedClient }),
  z.strictObject({ kind: z.literal('account'), record: MovedAccount }),
  z.strictObject({ kind: z.literal('consent'), record: MovedConsent }),
  z.strictObject({ kind: z.literal('audit'), record: MovedEvent }),
])
export type Moved = z.infer<typeof Moved>
export type MovedOf<Of extends Kind> = Extract<Moved, { kind: Of }>['record']

/** A record as a store gives it: with members that are undefined, where a file has none. */
export type Stored =
  | { kind: 'document'; record: Pick<VersionedDocument, 'value'> & { name: string } }
  | { kind: 'client'; record: Omit<ClientRecord, 'version'> }
  | { kind: 'account'; record: Omit<Account, 'version'> }
  | { kind: 'consent'; record: Consent }
  | { kind: 'audit'; record: AuditEvent }

export const storedDocument = ({ version, ...record }: VersionedDocument & { name: string }): Stored => ({
  kind: 'document',
  record,
})

export const storedClient = ({ version, ...record }: ClientRecord): Stored => ({ kind: 'client', record })

export const storedAccount = ({ version, ...record }: Account): Stored => ({ kind: 'account', record })

export const accountOf = ({
  name,
  locale,
  password,
  passwordChangedAt,
  factors,
  clientsValidAfter = [],
  deletion,
  ...moved
}: MovedOf<'account'>): Account => ({
  ...moved,
  name,
  locale,
  password,
  passwordChangedAt,
  factors: factorsOf(factors),
  clientsValidAfter,
  deletion,
  version: 1,
})

const factorsOf = (moved: MovedOf<'account'>['factors']): Factors => ({
  totp: moved?.totp && { ...moved.totp, lastUsedAt: moved.totp.lastUsedAt },
  recoveryCodes: moved?.recoveryCodes,
  passkeys: (moved?.passkeys ?? []).map((passkey) => ({ ...passkey, lastUsedAt: passkey.lastUsedAt })),
})

export const eventOf = ({ actor, sub, clientId, address, ...moved }: MovedOf<'audit'>): AuditEvent => ({
  ...moved,
  actor,
  sub,
  clientId,
  address,
})

/** What names a record among those of its kind; safe to show. */
export const idOf = (moved: Moved): string => {
  switch (moved.kind) {
    case 'document':
      return moved.record.name
    case 'client':
      return moved.record.clientId
    case 'account':
      return moved.record.sub
    case 'consent':
      return `${moved.record.sub} for ${moved.record.clientId}`
    case 'audit':
      return moved.record.id
  }
}
