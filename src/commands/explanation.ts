import type { Standing, Thing } from '../domain/access/assignment.ts'
import { assignmentJson } from '../domain/access/assignment-json.ts'
import type { Directory } from '../domain/access/directory.ts'
import type { Explanation, Reason } from '../domain/access/question.ts'
import { assignmentText } from './shown.ts'

/** What was asked. */
export interface AskedFor {
  directory: Directory
  permission: string
  identifier: string
  thing: Thing | undefined
  isDisabled: boolean
}

const outcomes: Readonly<Record<Standing, string>> = {
  holds: 'gives it',
  expired: 'has it, and is past its end',
  other_thing: 'has it, for another thing',
  conditional: 'has it on a condition, which only a question about one thing can meet',
  condition_false: 'has it on a condition that is not met',
  condition_unknown: 'has it on a condition that asks for a property which was not told',
}

const wayText = (path: readonly string[]): string =>
  path.length < 2
    ? ''
    : ` (${path.map((name, index) => (index === 0 ? name : `includes ${name}`)).join(', which ')})`

const conditionText = ({ outcome, assignment }: Reason): string =>
  assignment?.when && outcome !== 'holds' ? `: ${JSON.stringify(assignment.when)}` : ''

const sentenceOf = (reason: Reason): string => {
  const { from, outcome, path, assignment } = reason
  if (from === 'own') return 'The client is registered with it.'
  if (from === 'admin') return 'The built-in role admin gives it.'
  const [name = ''] = path
  const narrowed = assignment ? assignmentText(assignmentJson(name, assignment)) : name
  return `The role ${narrowed}${wayText(path)} ${outcomes[outcome]}${conditionText(reason)}.`
}

/** Why nothing at all has the permission. */
const nothing = ({ directory, permission, identifier, thing, isDisabled }: AskedFor): string => {
  const api = directory.find(identifier)
  if (!api) return `There is no API "${identifier}".`
  if (!api.permissions.includes(permission)) return `${identifier} has no permission "${permission}".`
  if (thing && !api.types.includes(thing.type)) return `${identifier} has no type "${thing.type}".`
  return isDisabled ? 'It is disabled.' : 'No role that it has reaches this permission.'
}

/** An explanation in plain sentences. */
export const sentences = ({ reasons }: Explanation, asked: AskedFor): string[] =>
  reasons.length === 0 ? [nothing(asked)] : reasons.map(sentenceOf)

/** A reason for programs. */
export const reasonJson = (
  { from, outcome, path, assignment }: Reason,
  names: ReadonlyMap<string, string>,
) => ({
  from,
  outcome,
  path,
  assignment: assignment ? assignmentJson(names.get(assignment.roleId) ?? '', assignment) : null,
})
