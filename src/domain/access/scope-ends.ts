import { isGeneral } from './assignment.ts'
import type { Directory } from './directory.ts'
import type { Rights } from './question.ts'

/** Scope -> milliseconds at which it ends; one that is not named has no end. */
export type ScopeEnds = ReadonlyMap<string, number>

const noEnds: ScopeEnds = new Map()

/**
 * When the scopes of an API end that somebody has for a time only. Each is held as long as any assignment gives it that
 * enters tokens: one without an end gives it for good.
 *
 * @param now milliseconds
 */
export const scopeEnds = (
  directory: Directory,
  identifier: string,
  { assignments, isAdmin, own }: Rights,
  now: number,
): ScopeEnds => {
  const general = assignments.filter((assignment) => isGeneral(assignment, now))
  if (general.every(({ until }) => until === undefined)) return noEnds
  const ends = new Map<string, number>()
  const give = (scopes: Iterable<string>, end: number): void => {
    for (const scope of scopes) ends.set(scope, Math.max(end, ends.get(scope) ?? 0))
  }
  for (const { roleId, until = Number.POSITIVE_INFINITY } of general)
    give(directory.effective(roleId)?.permissions.get(identifier) ?? [], until)
  if (isAdmin) give(directory.admin.permissions.get(identifier) ?? [], Number.POSITIVE_INFINITY)
  for (const [name, scopes] of Object.entries(own))
    if (directory.resolve(name) === identifier) give(scopes, Number.POSITIVE_INFINITY)
  return new Map([...ends].filter(([, end]) => end !== Number.POSITIVE_INFINITY))
}

/** The first end among these scopes; undefined if none of them ends. */
export const firstEnd = (ends: ScopeEnds, scopes: Iterable<string>): number | undefined => {
  const met = [...scopes].flatMap((scope) => ends.get(scope) ?? [])
  return met.length === 0 ? undefined : Math.min(...met)
}
