import type { Account, NewArtifact, Store } from '../../src/domain/ports.ts'

/** A store with a clock that a test moves. */
export interface TestStore {
  store: Store
  time: { now: number }
}

export const START = Date.UTC(2026, 0, 1)

export const HOUR = 3_600_000

export const account = (sub: string, changes: Partial<Account> = {}): Account => ({
  sub,
  email: `${sub}@Example.com`,
  emailKey: `${sub}@example.com`,
  emailVerified: false,
  name: undefined,
  locale: undefined,
  password: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  passwordChangedAt: undefined,
  factors: { totp: undefined, recoveryCodes: undefined, passkeys: [] },
  roles: [{ roleId: 'role-1' }],
  disabled: false,
  validAfter: 0,
  clientsValidAfter: [],
  deletion: undefined,
  createdAt: START,
  updatedAt: START,
  version: 1,
  ...changes,
})

export const token = (key: string, changes: Partial<NewArtifact> = {}): NewArtifact => ({
  model: 'AccessToken',
  key,
  payload: { kind: 'AccessToken', scope: 'openid' },
  expiresAt: START + HOUR,
  grantId: undefined,
  ...changes,
})

/** Calls `work` `count` times at once. */
export const parallel = <Result>(
  count: number,
  work: (index: number) => Promise<Result>,
): Promise<Result[]> => Promise.all(Array.from({ length: count }, (_, index) => work(index)))
