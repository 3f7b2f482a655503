import type { Clock } from '../ports.ts'
import type { Access } from './access.ts'
import type { Directory } from './directory.ts'
import { type FindSubject, type Inquiry, type KnownSubject, targetOf, UNNAMED } from './inquiry.ts'
import { isAllowed } from './question.ts'

export interface EvaluationParts {
  access: Pick<Access, 'directory'>
  find: FindSubject
  now: Clock
}

/**
 * Decides one inquiry after the other, all by the same roles and at the same moment. A subject, action or resource that
 * is not there is denied.
 *
 * @param last ends it: with the first decision that equals it
 * @param isWanted asked before each: whoever has gone away needs no more
 * @returns decisions in the order of the inquiries
 * @throws the refusal `store_unavailable`: what is not known is not denied
 */
export type Evaluate = (
  inquiries: readonly Inquiry[],
  last?: boolean,
  isWanted?: () => boolean,
) => Promise<boolean[]>

export const evaluation =
  ({ access, find, now }: EvaluationParts): Evaluate =>
  async (inquiries, last, isWanted = () => true) => {
    const [directory, moment] = [await access.directory(), now()]
    const subjectOf = remembered(find)
    const decisions: boolean[] = []
    for (const inquiry of inquiries) {
      if (!isWanted()) break
      const decision = decide(directory, inquiry, await subjectOf(inquiry.subject), moment)
      decisions.push(decision)
      if (decision === last) break
    }
    return decisions
  }

/** The one place where an inquiry becomes a question. */
export const decide = (
  directory: Directory,
  { subject, action, resource, context }: Inquiry,
  known: KnownSubject | undefined,
  now: number,
): boolean => {
  const target = targetOf(directory, resource)
  if (!known || !target) return false
  const { type, id } = resource
  return isAllowed(directory, known.rights, {
    ...target,
    permission: action,
    properties: {
      subject: { ...subject.properties, ...known.own },
      resource: { ...resource.properties, type, id: id === UNNAMED ? undefined : id },
      context,
    },
    now,
  })
}

/** Looks for each subject once. */
const remembered = (find: FindSubject): FindSubject => {
  const found = new Map<string, ReturnType<FindSubject>>()
  return ({ type, id }) => {
    // The length tells where the type ends. JSON would cost more than the decision.
    const key = `${type.length} ${type}${id}`
    const present = found.get(key) ?? find({ type, id })
    found.set(key, present)
    return present
  }
}
