import type { Foundation } from '../build.ts'
import type { Directory } from '../domain/access/directory.ts'
import { ofAccount, ofClient, type Target, targetOf } from '../domain/access/inquiry.ts'
import type { Explanation } from '../domain/access/question.ts'
import {
  type Command,
  exitCodes,
  flag,
  type Given,
  operand,
  type Terminal,
  text,
  UsageFault,
} from './command.ts'
import { reasonJson, sentences } from './explanation.ts'
import { asJson, show } from './options.ts'
import { type NamedSubject, subjectNamed } from './people.ts'
import { propertiesOf, propertyOption } from './properties.ts'
import { withFoundation } from './with-config.ts'

/** An API by identifier or alias, or `type/id` for a thing; an identifier has a colon. */
const targetNamed = (directory: Directory, given: Given): Target => {
  const name = operand(given, 2)
  const [type, id] = [text(given, 'type'), text(given, 'id')]
  if ((type === undefined) !== (id === undefined)) throw new UsageFault('--type and --id go together')
  const identifier = directory.resolve(name)
  if (type !== undefined && id !== undefined) return { identifier, thing: { type, id } }
  const [, ofType, ofId] = /^([^/:@]+)\/(.+)$/s.exec(name) ?? []
  const target = ofType === undefined || ofId === undefined ? undefined : { type: ofType, id: ofId }
  return (target && targetOf(directory, target)) ?? { identifier, thing: undefined }
}

const explain = (
  { access }: Foundation,
  given: Given,
  { subject, account }: NamedSubject,
  { identifier, thing }: Target,
): Promise<Explanation> =>
  access.explain(subject, {
    permission: operand(given, 1),
    identifier,
    thing,
    properties: {
      // As everywhere: what is known nobody can tell otherwise.
      subject: {
        ...propertiesOf(given, 'subject-property'),
        ...(account ? ofAccount(account) : ofClient(subject.id)),
      },
      resource: {
        ...propertiesOf(given, 'resource-property'),
        ...(thing ?? { type: 'api', id: identifier }),
      },
      context: propertiesOf(given, 'context'),
    },
  })

const can = async (foundation: Foundation, given: Given, terminal: Terminal): Promise<void> => {
  const { access } = foundation
  const found = await subjectNamed(foundation, operand(given))
  const [directory, { roles }] = await Promise.all([access.directory(), access.model()])
  const target = targetNamed(directory, given)
  const permission = operand(given, 1)
  const explanation = await explain(foundation, given, found, target)
  const isDisabled = found.account?.disabled ?? found.isDisabledClient
  const why = sentences(explanation, { directory, permission, ...target, isDisabled })
  const names = new Map(roles.map(({ id, name }) => [id, name]))
  const reasons = explanation.reasons.map((reason) => reasonJson(reason, names))
  const isExplained = flag(given, 'explain')
  const { allowed } = explanation
  show(given, terminal, {
    json: {
      allowed,
      subject: { type: found.subject.kind, id: found.subject.id },
      permission,
      resource: target.identifier,
      thing: target.thing ?? null,
      ...(isExplained ? { reasons, why } : {}),
    },
    people: [allowed ? 'yes' : 'no', ...(isExplained ? why.map((line) => `  ${line}`) : []), ''].join('\n'),
  })
  if (!allowed) terminal.endWith(exitCodes.refused)
}

export const canCommand: Command = {
  name: 'can',
  usage:
    '<account> <permission> <resource> [--explain] [--type <text> --id <text>] [--context <name=value>] [--json]',
  summary: 'say yes or no: may this account do that there; ends with 0 or 1',
  options: {
    explain: {
      type: 'boolean',
      about: 'also say what gave it, or what has the permission and does not count',
    },
    type: { type: 'string', about: 'type of the thing that it is about' },
    id: { type: 'string', about: 'its id' },
    context: { ...propertyOption, about: 'a property of the moment' },
    'subject-property': { ...propertyOption, about: 'a property of the account' },
    'resource-property': { ...propertyOption, about: 'a property of the thing' },
    ...asJson,
  },
  more: [
    'The account is a sub, an e-mail address or client:<id>. The resource is the identifier of an API, or type/id for a thing',
    'of a type that an API declares. The decision is that of every service that asks, as it is now.',
  ].join('\n'),
  operands: ['account', 'permission', 'resource'],
  run: (given, terminal) => withFoundation((foundation) => can(foundation, given, terminal)),
}
