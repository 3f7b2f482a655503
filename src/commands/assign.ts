import { actorName } from '../domain/access/actor.ts'
import type { AssignOutcome } from '../domain/access/assigning.ts'
import { AssignmentInput, assignmentJson, narrowing } from '../domain/access/assignment-json.ts'
import { type Fault, faultText, parsePart } from '../domain/clients/faults.ts'
import { administration, operator } from './administration.ts'
import {
  type Command,
  CommandFault,
  type CommandOption,
  flag,
  type Given,
  operand,
  text,
  UsageFault,
} from './command.ts'
import { asJson, dryRun, showChange } from './options.ts'
import { ACCOUNT, CLIENT_PREFIX, subjectNamed } from './people.ts'
import { assignmentText } from './shown.ts'
import { withFoundation } from './with-config.ts'

const options = {
  on: { type: 'string', value: 'type/id', about: 'for one thing only, of a type that an API declares' },
  until: { type: 'string', value: 'time', about: 'such as 2027-01-01T00:00:00Z' },
  when: { type: 'string', value: 'json', about: 'a condition, as in SEED_FILE' },
  ...dryRun,
  ...asJson,
} as const satisfies Record<string, CommandOption>

const thingOf = (on: string): { type: string; id: string } => {
  const [, type = '', id = ''] = /^([^/]+)\/(.+)$/s.exec(on) ?? []
  if (type === '') throw new UsageFault('--on: wanted a type and an id, such as record/record-1')
  return { type, id }
}

const conditionOf = (when: string): unknown => {
  try {
    return JSON.parse(when)
  } catch {
    throw new UsageFault('--when: wanted a JSON document')
  }
}

const optionFault = (fault: Fault): string =>
  fault.path.length === 0 ? faultText(fault) : `--${faultText(fault)}`

const inputOf = (given: Given): AssignmentInput => {
  const [on, until, when] = [text(given, 'on'), text(given, 'until'), text(given, 'when')]
  const parsed = parsePart(AssignmentInput, {
    role: operand(given, 1),
    ...(on === undefined ? {} : { on: thingOf(on) }),
    ...(until === undefined ? {} : { until }),
    ...(when === undefined ? {} : { when: conditionOf(when) }),
  })
  if (parsed.kind === 'parsed') return parsed.value
  throw new UsageFault(parsed.faults.map(optionFault).join('\n'))
}

const refusals: Readonly<Record<Exclude<AssignOutcome['kind'], 'done'>, string>> = {
  unknown_subject: 'It is not there any more.',
  unknown_role: 'There is no such role. See: gatehouse role list',
  unknown_type: 'No API declares this type. See: gatehouse resource list',
  not_for_admin: 'The role admin is for people only, without an end, a thing or a condition.',
  beyond: 'The role reaches further than you do.',
  last_admin:
    'This is the last administrator. Make another one first: gatehouse account assign <account> admin',
}

const run =
  (kind: 'assign' | 'unassign', prefix: string): Command['run'] =>
  async (given, terminal) => {
    const input = inputOf(given)
    await withFoundation(async (foundation) => {
      const { subject, account } = await subjectNamed(foundation, prefix + operand(given))
      const { assigning } = administration(foundation, { dryRun: flag(given, 'dry-run') })
      const outcome = await assigning[kind](operator, subject, input)
      if (outcome.kind !== 'done') throw new CommandFault(refusals[outcome.kind])
      const assignment = assignmentJson(input.role, { roleId: '', ...narrowing(input) })
      const name = account?.email ?? subject.id
      const verb = kind === 'assign' ? 'now has' : 'no longer has'
      showChange(given, terminal, {
        json: { subject: { type: subject.kind, id: subject.id }, assignment, actor: actorName(operator) },
        people: `${name} ${verb} ${assignmentText(assignment)}.\n`,
      })
    })
  }

const assignCommand = (
  noun: string,
  kind: 'assign' | 'unassign',
  summary: string,
  prefix: string,
): Command => ({
  name: `${noun} ${kind}`,
  usage: `<${noun}> <role> [--on <type/id>] [--until <time>] [--when <json>] [--dry-run] [--json]`,
  summary,
  options,
  operands: [noun, 'role'],
  run: run(kind, prefix),
})

export const assignToAccount = assignCommand(ACCOUNT, 'assign', 'give an account a role', '')
export const unassignFromAccount = assignCommand(
  ACCOUNT,
  'unassign',
  'take a role from an account: the assignment that is exactly this one',
  '',
)
export const assignToClient = assignCommand(
  'client',
  'assign',
  'give a client a role for what it does itself',
  CLIENT_PREFIX,
)
export const unassignFromClient = assignCommand(
  'client',
  'unassign',
  'take a role from a client: the assignment that is exactly this one',
  CLIENT_PREFIX,
)
