import type { Clock } from '../ports.ts'
import type { Access } from './access.ts'
import { type Candidate, type PoolParts, poolOf, type SubjectWanted } from './candidates.ts'
import { decide } from './evaluation.ts'
import {
  type Entity,
  type FindSubject,
  type Inquiry,
  type KnownSubject,
  targetOf,
  UNNAMED,
} from './inquiry.ts'

export interface SearchParts extends PoolParts {
  access: PoolParts['access'] & Pick<Access, 'directory'>
  find: FindSubject
  now: Clock
}

/** Where a page begins and how long it may be. */
export interface PageOptions {
  /** The `next` of the page before. */
  after: string
  limit: number
}

export interface FoundPage {
  /** Ids or names, in their order. */
  found: string[]
  /** Undefined after the last page; a page that is not the last may be short, or empty. */
  next: string | undefined
}

/** An inquiry that leaves open what is looked for. */
export type ResourceWanted = Omit<Inquiry, 'resource'> & { resource: Omit<Entity, 'id'> }
export type ActionWanted = Omit<Inquiry, 'action'>

/** Finds what the decision would allow, each page by the roles of its own moment. */
export interface Search {
  /** Subs, or client ids. */
  subjects(wanted: SubjectWanted, page: PageOptions): Promise<FoundPage>
  /**
   * Identifiers of APIs, or ids of the things that assignments of the subject name.
   *
   * @returns `everyThing`: any other thing of the type with these properties is allowed as well; nobody can list them
   */
  resources(wanted: ResourceWanted, page: PageOptions): Promise<FoundPage & { everyThing: boolean }>
  /** Names of permissions. */
  actions(wanted: ActionWanted, page: PageOptions): Promise<FoundPage>
}

/** Candidates that are looked at for one page. */
const MOST_CANDIDATES = 1000

/** Something that may be among the results, in order. */
interface Examined {
  key: string
  isAllowed: boolean
}

export const search = (parts: SearchParts): Search => ({
  async subjects(wanted, page) {
    const by = await decider(parts)
    const allows = ({ id, known }: Candidate): boolean =>
      by.allows({ ...wanted, subject: { ...wanted.subject, id } }, known)
    return collected(examined(poolOf(parts, by.directory, wanted, page.after), allows), page)
  },
  async resources(wanted, page) {
    const by = await decider(parts)
    const known = await parts.find(wanted.subject)
    const { type } = wanted.resource
    const allows = (id: string): boolean =>
      by.allows({ ...wanted, resource: { ...wanted.resource, id } }, known)
    const ids = type === 'api' ? by.directory.all.map(({ identifier }) => identifier) : things(known, type)
    return {
      ...(await collected(inOrder(ids, page.after, allows), page)),
      everyThing: type !== 'api' && by.allows({ ...wanted, resource: unnamed(wanted.resource) }, known),
    }
  },
  async actions(wanted, page) {
    const by = await decider(parts)
    const known = await parts.find(wanted.subject)
    const api = by.directory.find(targetOf(by.directory, wanted.resource)?.identifier ?? '')
    const allows = (action: string): boolean => by.allows({ ...wanted, action }, known)
    return collected(inOrder(api?.permissions ?? [], page.after, allows), page)
  },
})

/** Decides by the roles of one moment. */
const decider = async ({ access, now }: SearchParts) => {
  const [directory, moment] = [await access.directory(), now()]
  return {
    directory,
    allows: (inquiry: Inquiry, known: KnownSubject | undefined): boolean =>
      decide(directory, inquiry, known, moment),
  }
}

const collected = async (
  candidates: AsyncIterable<Examined> | Iterable<Examined>,
  { after, limit }: PageOptions,
): Promise<FoundPage> => {
  const found: string[] = []
  let last = after
  let seen = 0
  for await (const { key, isAllowed } of candidates) {
    if (found.length === limit || seen === MOST_CANDIDATES) return { found, next: last }
    seen++
    last = key
    if (isAllowed) found.push(key)
  }
  return { found, next: undefined }
}

const examined = async function* (
  pool: AsyncIterable<Candidate>,
  allows: (candidate: Candidate) => boolean,
): AsyncIterable<Examined> {
  for await (const candidate of pool) yield { key: candidate.id, isAllowed: allows(candidate) }
}

const inOrder = function* (
  keys: readonly string[],
  after: string,
  allows: (key: string) => boolean,
): Iterable<Examined> {
  for (const key of [...new Set(keys)].toSorted()) if (key > after) yield { key, isAllowed: allows(key) }
}

/** Things of a type that assignments name. */
const things = (known: KnownSubject | undefined, type: string): string[] =>
  (known?.rights.assignments ?? []).flatMap(({ on }) => (on?.type === type ? [on.id] : []))

/** A thing that no assignment and no condition names: what is allowed for it is allowed for all. */
const unnamed = ({ type, properties }: Omit<Entity, 'id'>): Entity => ({ type, id: UNNAMED, properties })
