import type { StoredClient } from './stored.ts'

/** A secret that is followed by another one, and accepted until its time is over. */
export type FormerSecret = NonNullable<StoredClient['former_secret']>

/** Whether the client has a former secret that is still good. */
export const formerSecretOf = (
  { former_secret: former }: Pick<StoredClient, 'former_secret'>,
  now: number,
): FormerSecret | undefined => (former && now < former.until ? former : undefined)

/**
 * The keyed hashes of the secrets that are good now: of the present one, and of the one before it while they overlap.
 *
 * @param now milliseconds
 */
export const goodMacs = (stored: StoredClient, now: number): string[] =>
  [stored.client_secret_mac, formerSecretOf(stored, now)?.mac].filter((mac) => mac !== undefined)

export interface NewSecret {
  /** Keyed hash of the new secret. */
  mac: string
  /** Milliseconds for which the present one is accepted beside it; 0: not at all. */
  overlap: number
  now: number
}

/** The client with a new secret. Only the one before it overlaps: a third one ends the first at once. */
export const withSecret = (stored: StoredClient, { mac, overlap, now }: NewSecret): StoredClient => {
  const { client_secret_mac: present, former_secret, ...rest } = stored
  return {
    ...rest,
    client_secret_mac: mac,
    ...(present !== undefined && overlap > 0
      ? { former_secret: { mac: present, until: now + overlap } }
      : {}),
  }
}
