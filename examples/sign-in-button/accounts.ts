import { randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto'

/** A person at Gatehouse. Only `iss` and `sub` together say who it is (OpenID Connect Core §5.7). */
export interface Identity {
  iss: string
  sub: string
  name: string
  /** Present only if Gatehouse has verified it. */
  verifiedEmail: string | undefined
}

/** An account of this site; it can have a password, a linked identity, or both. */
export interface Account {
  id: string
  name: string
  /** Address for the sign-in with a password. */
  email: string | undefined
  password: { salt: Buffer; hash: Buffer } | undefined
}

export type Arrival =
  | { kind: 'signed-in'; account: Account }
  /** An account has this address, but nobody has shown that it is the same person's. */
  | { kind: 'address-taken'; email: string }
export type Linking = { kind: 'linked' } | { kind: 'belongs-to-another' }

const hashOf = (password: string, salt: Buffer) => scryptSync(password, salt, 32)
const keyOf = (email: string) => email.trim().toLowerCase()

/** The site's own accounts, in memory. The rules of linking are all here. */
export const accounts = () => {
  const byEmail = new Map<string, Account>()
  const byIdentity = new Map<string, Account>()
  // JSON keeps the two parts apart, whatever they contain.
  const identityKey = ({ iss, sub }: Identity) => JSON.stringify([iss, sub])

  const add = (account: Omit<Account, 'id'>): Account => {
    const created = { ...account, id: randomUUID() }
    if (created.email) byEmail.set(keyOf(created.email), created)
    return created
  }

  /** Undefined if the address is taken. */
  const register = (email: string, password: string): Account | undefined => {
    if (!email.includes('@') || byEmail.has(keyOf(email))) return undefined
    const salt = randomBytes(16)
    return add({ name: email, email, password: { salt, hash: hashOf(password, salt) } })
  }

  const signIn = (email: string, password: string): Account | undefined => {
    const account = byEmail.get(keyOf(email))
    if (!account?.password) return undefined
    const { salt, hash } = account.password
    return timingSafeEqual(hashOf(password, salt), hash) ? account : undefined
  }

  /**
   * Somebody comes from Gatehouse while nobody is signed in here. A known identity gets its account, a new one a new
   * account. An existing account is never handed out for an address alone: it may be recycled, or registered here
   * by somebody else. An unverified address is not even looked up: the answer would tell who has an account.
   */
  const arrive = (identity: Identity): Arrival => {
    const known = byIdentity.get(identityKey(identity))
    if (known) return { kind: 'signed-in', account: known }
    const email = identity.verifiedEmail
    if (email && byEmail.has(keyOf(email))) return { kind: 'address-taken', email }
    const account = add({ name: identity.name, email, password: undefined })
    byIdentity.set(identityKey(identity), account)
    return { kind: 'signed-in', account }
  }

  /** The person is signed in here and comes from Gatehouse: both are proved, so the address does not matter. */
  const link = (account: Account, identity: Identity): Linking => {
    const owner = byIdentity.get(identityKey(identity))
    if (owner && owner !== account) return { kind: 'belongs-to-another' }
    byIdentity.set(identityKey(identity), account)
    return { kind: 'linked' }
  }

  const isLinked = (account: Account) => [...byIdentity.values()].includes(account)
  return { register, signIn, arrive, link, isLinked }
}
