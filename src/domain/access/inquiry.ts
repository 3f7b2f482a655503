import { parseEmail } from '../email.ts'
import type { Account, AccountStore } from '../ports.ts'
import type { Access } from './access.ts'
import type { Thing } from './assignment.ts'
import type { ClientRights } from './decision.ts'
import type { Directory } from './directory.ts'
import type { Rights } from './question.ts'

/** What a caller tells of somebody or something. */
export type Given = Readonly<Record<string, unknown>>

/** Somebody or something that an inquiry is about, as a service names it. */
export interface Entity {
  /** Of a subject `user` or `client`; of a resource `api`, or a type that an API declares. */
  type: string
  /** Of a user the sub or a verified e-mail address, of an API its identifier. */
  id: string
  properties: Given
}

/** May the subject do this to the resource? */
export interface Inquiry {
  subject: Entity
  /** Name of a permission. */
  action: string
  resource: Entity
  context: Given
}

/** A subject that there is. */
export interface KnownSubject {
  rights: Rights
  /** Properties that no caller can tell otherwise; one that is undefined is not known. */
  own: Given
}

export interface SubjectParts {
  accounts: Pick<AccountStore, 'find' | 'findByEmailKey'>
  access: Pick<Access, 'rights'>
  client(clientId: string): Promise<ClientRights | undefined>
}

export type FindSubject = (subject: Pick<Entity, 'type' | 'id'>) => Promise<KnownSubject | undefined>

/** Finds who is meant; undefined for nobody, and for a disabled account. */
export const findSubject = ({ accounts, access, client }: SubjectParts): FindSubject => {
  const verified = async (address: string): Promise<Account | undefined> => {
    const email = parseEmail(address)
    const account = email && (await accounts.findByEmailKey(email.key))
    // Whoever registered with somebody else's address is not that person.
    return account?.emailVerified ? account : undefined
  }
  return async ({ type, id }) => {
    if (type === 'client')
      return (await client(id)) && { rights: await access.rights({ kind: 'client', id }), own: ofClient(id) }
    if (type !== 'user') return undefined
    const account = (await accounts.find(id)) ?? (await verified(id))
    if (!account || account.disabled) return undefined
    return { rights: await access.rights({ kind: 'user', id: account.sub }), own: ofAccount(account) }
  }
}

export const ofAccount = ({ sub, email, emailVerified }: Account): Given => ({
  id: sub,
  type: 'user',
  email: emailVerified ? email : undefined,
})

export const ofClient = (clientId: string): Given => ({ id: clientId, type: 'client', email: undefined })

/** Where the permissions of a resource are declared. */
export interface Target {
  /** Of the API. */
  identifier: string
  /** Undefined: the API as a whole. */
  thing: Thing | undefined
}

/** The id of no thing: what is allowed for it is allowed for every thing that is not named. */
export const UNNAMED = ''

/** Undefined for a type that no API declares. */
export const targetOf = (
  directory: Directory,
  { type, id }: Pick<Entity, 'type' | 'id'>,
): Target | undefined => {
  if (type === 'api') return { identifier: id, thing: undefined }
  const api = directory.declaring(type)
  return api && { identifier: api.identifier, thing: { type, id } }
}
