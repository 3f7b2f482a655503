import type { AccessModel, BuiltIns } from '../access/model.ts'
import { clientFaults } from '../clients/check.ts'
import { type Fault, within } from '../clients/faults.ts'
import { type Client, type ClientInput, completed, hasSecret } from '../clients/metadata.ts'
import { type KnownApis, permissionFaults } from '../clients/references.ts'
import { type AssignmentSurroundings, assignmentFaults } from './assignment-entries.ts'
import { demoClientIds } from './demo.ts'
import { type Entry, repetitions } from './entries.ts'
import type { ResourceInput, RoleInput, SeedClientInput } from './schema.ts'

/** What is wrong with resources beside each other and beside the built-in ones. */
export const resourceFaults = (entries: readonly Entry<ResourceInput>[], builtIns: BuiltIns): Fault[] => [
  ...repetitions(entries, 'identifier', ({ identifier }) => identifier),
  ...entries
    .filter(({ value: { identifier } }) => [builtIns['@admin'], builtIns['@access']].includes(identifier))
    .map(({ path }) => ({
      path: [...path, 'identifier'],
      wanted: 'wanted another identifier; this API is built in',
    })),
]

/**
 * Types that two APIs declare: a question about a thing would not tell which is meant.
 *
 * @param model as it will be
 */
export const typeFaults = (entries: readonly Entry<ResourceInput>[], { resources }: AccessModel): Fault[] =>
  entries.flatMap(({ path, value: { identifier, types = [] } }) =>
    types.flatMap((type, index) =>
      resources.some((other) => other.identifier !== identifier && other.types.includes(type))
        ? [{ path: [...path, 'types', index], wanted: 'wanted another name; another API declares this type' }]
        : [],
    ),
  )

/**
 * What is wrong with roles beside each other, and with what they refer to.
 *
 * @param names of all roles that there will be
 */
export const roleFaults = (
  entries: readonly Entry<RoleInput>[],
  apis: KnownApis,
  names: ReadonlySet<string>,
): Fault[] => [
  ...repetitions(entries, 'name', ({ name }) => name),
  ...entries.flatMap(({ path, value: { permissions = {}, includes = [] } }) => [
    ...permissionFaults(permissions, [...path, 'permissions'], apis),
    ...unknownRoles(includes, [...path, 'includes'], names),
  ]),
]

/** Names in a list that belong to no role. */
export const unknownRoles = (
  names: readonly string[],
  path: readonly PropertyKey[],
  known: ReadonlySet<string>,
): Fault[] =>
  names.flatMap((name, index) =>
    known.has(name) ? [] : [{ path: [...path, index], wanted: 'wanted the name of a declared role' }],
  )

export interface ClientEntryContext {
  apis: KnownApis
  development: boolean
  known: { clients: readonly Client[] }
  assignments: AssignmentSurroundings
}

/** What is wrong with clients, each by itself and beside the others. */
export const clientEntryFaults = (
  entries: readonly Entry<SeedClientInput>[],
  context: ClientEntryContext,
): Fault[] => [
  ...repetitions(entries, 'client_id', ({ client_id }) => client_id),
  ...entries.flatMap(({ path, value: { roles = [], ...value } }) => {
    const present = context.known.clients.find(({ client_id }) => client_id === value.client_id)
    return within(path, [
      ...clashes(value, context.development),
      ...missingSecret(value, present),
      ...clientFaults(value, { ...context, present }),
      ...assignmentFaults(roles, ['roles'], context.assignments),
    ])
  }),
]

const clashes = ({ client_id: id }: ClientInput, development: boolean): Fault[] =>
  development && demoClientIds.includes(id)
    ? [{ path: ['client_id'], wanted: 'wanted another id; in development this is a demo client' }]
    : []

/** One could be made, but nobody would learn it. */
const missingSecret = (input: ClientInput, present: Client | undefined): Fault[] =>
  input.client_secret === undefined &&
  hasSecret(completed(input, present)) &&
  !(present && hasSecret(present))
    ? [{ path: ['client_secret'], wanted: 'missing; wanted the secret that the client authenticates with' }]
    : []
