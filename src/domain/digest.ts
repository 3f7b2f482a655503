import { hash } from 'node:crypto'

/**
 * The store's name of a secret id: SHA-256, base64url. Tokens, codes and session ids are 256 random bits, so a plain
 * hash cannot be reversed; the raw value never rests in a store.
 */
export const digest = (id: string): string => hash('sha256', id, 'base64url')
