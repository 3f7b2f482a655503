import { FIRST_PARTY_CLIENT } from '../first-party.ts'
import type { Account, Assignment, Clock, DocumentStore, Store } from '../ports.ts'
import { type Admins, openDocuments } from './access-documents.ts'
import { isGeneral } from './assignment.ts'
import {
  type Bound,
  type ClientRights,
  type PersonRights,
  permitted,
  rightsOfAccount,
  rightsOfItsOwn,
  roleNames,
} from './decision.ts'
import { type Directory, directory } from './directory.ts'
import { type AccessModel, type BuiltIns, builtIns, emptyModel, type Resource } from './model.ts'
import { type Explanation, explain, isAllowed, type Question, type Rights } from './question.ts'
import { type ScopeEnds, scopeEnds } from './scope-ends.ts'

/** Who asks to do something. */
export interface Subject {
  kind: 'user' | 'client'
  /** Sub or client id. */
  id: string
}

/** An assignment with the name of its role. */
export interface NamedAssignment {
  role: string
  assignment: Assignment
}

export interface AccessParts {
  documents: DocumentStore
  onChange: Store['onChange']
  issuer: string
  /** Identifier of `@api`. */
  defaultResource: string
  now: Clock
  /** Present state of an account. */
  account: (sub: string) => Promise<Pick<Account, 'roles' | 'disabled'> | undefined>
  /** What a client is registered with. */
  client: (clientId: string) => Promise<ClientRights | undefined>
}

/** Who may do what. The methods reject with a refusal when they cannot know. */
export interface Access {
  /** The API with this identifier, built-in or declared. */
  find(identifier: string): Resource | undefined
  /** Scopes of the API that this client may ask of a person. */
  ceiling(clientId: string, identifier: string): Promise<string[]>
  /** Scopes of the API that this client has for itself. */
  ofClient(clientId: string, identifier: string): Promise<string[]>
  /** Permissions of a person there, by roles; none for a disabled account. */
  ofPerson(sub: string, identifier: string): Promise<string[]>
  /** Permissions of a person by identifier of the API, where there are any. */
  allOfPerson(sub: string): Promise<Record<string, string[]>>
  /**
   * Names of the person's roles that hold a permission of this API; all roles without an identifier.
   *
   * @param at milliseconds: those that will not have ended by then; now, if it is not given
   */
  roles(sub: string, identifier?: string, at?: number): Promise<string[]>
  /** Assignments of a person that enter neither `roles` nor permissions: narrowed, conditional, past their end. */
  narrowed(sub: string): Promise<NamedAssignment[]>
  /** When scopes of the API end that the subject has for a time only, so that no token outlives what it rests on. */
  goodUntil(subject: Subject, identifier: string): Promise<ScopeEnds>
  /**
   * Whether a person or a client may do this; what neither is there is granted nothing.
   *
   * @param explained also tells why
   */
  decide(subject: Subject, question: Omit<Question, 'now'>): Promise<boolean>
  explain(subject: Subject, question: Omit<Question, 'now'>): Promise<Explanation>
  /** The present model, to decide several questions with. */
  directory(): Promise<Directory>
  /** What a person or a client has; nothing for what is not there. */
  rights(subject: Subject): Promise<Rights>
  /** Subs of those who hold `admin`, in order. */
  admins(): Promise<string[]>
  /** Ids of the roles for a newly registered account. */
  defaultRoles(): Promise<string[]>
  builtIns: BuiltIns
  model(): Promise<AccessModel>
  /** Changes resources and roles by compare-and-set; the edit may run more than once. */
  change(edit: (model: AccessModel) => AccessModel): Promise<AccessModel>
  grantAdmin(sub: string): Promise<void>
  /** Changes who holds `admin`, likewise. */
  changeAdmins(edit: (admins: Admins) => Admins | Promise<Admins>): Promise<Admins>
}

/**
 * Loads resources, roles and admins, and follows their changes: those of this process at once, those of others within a
 * second.
 *
 * @throws the refusals `store_unavailable`, or `internal` if what is stored is damaged
 */
export const access = async (parts: AccessParts): Promise<Access> => {
  const identifiers = builtIns(parts)
  const { documents, onChange } = parts
  const { model, admins } = await openDocuments({ documents, onChange })
  const compiled = compiler(identifiers)

  const person = personRights(parts, admins.read)
  const rights = async ({ kind, id }: Subject): Promise<Rights> => {
    if (kind === 'user') return { ...(await person(id)), own: {} }
    const client = await parts.client(id)
    if (!client) return { assignments: [], isAdmin: false, own: {} }
    return { assignments: client.assignments, isAdmin: false, own: rightsOfItsOwn(client) }
  }
  const decide = async (identifier: string, bound: Bound): Promise<string[]> =>
    permitted(compiled(await model.read()), identifier, bound)
  const decideFor = async (by: 'client' | 'client itself', clientId: string, identifier: string) => {
    const client = await parts.client(clientId)
    return client ? decide(identifier, { by, client, now: parts.now() }) : []
  }

  return {
    find: (identifier) => compiled(model.peek()).find(identifier),
    async ceiling(clientId, identifier) {
      if (clientId !== FIRST_PARTY_CLIENT) return decideFor('client', clientId, identifier)
      if (identifier !== identifiers['@api']) return []
      return compiled(await model.read()).find(identifier)?.permissions ?? []
    },
    ofClient: (clientId, identifier) => decideFor('client itself', clientId, identifier),
    ofPerson: async (sub, identifier) => decide(identifier, { by: 'person', person: await person(sub) }),
    async allOfPerson(sub) {
      const [{ all }, rights] = [compiled(await model.read()), await person(sub)]
      const held = await Promise.all(
        all.map(
          async ({ identifier }) =>
            [identifier, await decide(identifier, { by: 'person', person: rights })] as const,
        ),
      )
      return Object.fromEntries(held.filter(([, scopes]) => scopes.length > 0))
    },
    async roles(sub, identifier, at = parts.now()) {
      const present = compiled(await model.read())
      return roleNames(present, { ...(await person(sub)), now: at }, identifier)
    },
    async narrowed(sub) {
      const [present, { assignments }] = [compiled(await model.read()), await person(sub)]
      return assignments
        .filter((assignment) => !isGeneral(assignment, parts.now()))
        .flatMap((assignment) => {
          const role = present.effective(assignment.roleId)?.name
          return role === undefined ? [] : [{ role, assignment }]
        })
    },
    async goodUntil(subject, identifier) {
      const present = compiled(await model.read())
      return scopeEnds(present, identifier, await rights(subject), parts.now())
    },
    async decide(subject, question) {
      const present = compiled(await model.read())
      return isAllowed(present, await rights(subject), { ...question, now: parts.now() })
    },
    async explain(subject, question) {
      const present = compiled(await model.read())
      return explain(present, await rights(subject), { ...question, now: parts.now() })
    },
    directory: async () => compiled(await model.read()),
    rights,
    admins: async () => (await admins.read()).subs.toSorted(),
    defaultRoles: async () => (await model.read()).roles.filter((role) => role.default).map(({ id }) => id),
    builtIns: identifiers,
    model: model.read,
    change: model.change,
    async grantAdmin(sub) {
      // Whoever began to make a first one is done.
      await admins.change(({ subs, suspended }) => ({ suspended, subs: [...new Set([...subs, sub])] }))
    },
    changeAdmins: admins.change,
  }
}

const personRights =
  ({ account: find, now }: AccessParts, admins: () => Promise<Admins>) =>
  async (sub: string): Promise<PersonRights> => {
    const [account, { subs }] = await Promise.all([find(sub), admins()])
    return { ...rightsOfAccount(account, { isAdmin: subs.includes(sub) }), now: now() }
  }

/** Compiles a model when it is first seen. */
const compiler = (identifiers: BuiltIns): ((model: AccessModel) => Directory) => {
  let last = { model: emptyModel, directory: directory(emptyModel, identifiers) }
  return (model) => {
    if (model !== last.model) last = { model, directory: directory(model, identifiers) }
    return last.directory
  }
}
