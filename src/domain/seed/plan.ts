import { isDeepStrictEqual } from 'node:util'
import { distinct } from '../access/assignment.ts'
import { assignmentJson } from '../access/assignment-json.ts'
import type { AccessModel, Role } from '../access/model.ts'
import { completed } from '../clients/metadata.ts'
import type { RegisteredClient } from '../clients/replacing.ts'
import type { Account, Assignment, Json } from '../ports.ts'
import { assignmentsOf } from './assignment-entries.ts'
import { mergedModel } from './merge.ts'
import type { Seed, SeedAccount, SeedClientInput } from './schema.ts'

/** One member that is another one afterwards; a secret is told as such only. */
export interface PlannedChange {
  member: string
  /** Undefined where there is nothing. */
  from: Json | undefined
  to: Json | undefined
}

/** What becomes of one thing that the seed names. */
export interface PlannedStep {
  kind: 'resource' | 'role' | 'client' | 'account'
  /** Identifier, name, client id or address. */
  name: string
  action: 'create' | 'change' | 'keep'
  changes: PlannedChange[]
}

/** What there is, as far as a seed may change it. */
export interface PlanParts {
  model: AccessModel
  client(clientId: string): Promise<RegisteredClient | undefined>
  /** Whether this is the client's present secret. */
  isSecret(clientId: string, secret: string): Promise<boolean>
  /** By sub, if the seed names one, or else by address. */
  account(wanted: SeedAccount): Promise<Account | undefined>
}

/** What applying a seed would do, in the order in which it does it: `applySeed` without the writes. */
export const planSeed = async (seed: Seed, parts: PlanParts): Promise<PlannedStep[]> => {
  const after = mergedModel(parts.model, seed, newRoleId())
  const clients: PlannedStep[] = []
  for (const input of seed.clients) clients.push(await clientStep(input, after.roles, parts))
  const accounts: PlannedStep[] = []
  for (const input of seed.accounts) accounts.push(await accountStep(input, after.roles, parts))
  return [...modelSteps(seed, parts.model, after), ...clients, ...accounts]
}

/** A plan has no random ids, so that the same one comes out again. */
const newRoleId = (): (() => string) => {
  let count = 0
  return () => `planned-${++count}`
}

type Members = Readonly<Record<string, Json | undefined>>

const step = (
  kind: PlannedStep['kind'],
  name: string,
  before: Members | undefined,
  after: Members,
): PlannedStep => {
  const changes = Object.entries(after)
    .map(([member, to]): PlannedChange => ({ member, from: before?.[member], to }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to))
  if (!before) return { kind, name, action: 'create', changes }
  return { kind, name, action: changes.length === 0 ? 'keep' : 'change', changes }
}

const modelSteps = (
  seed: Pick<Seed, 'resources' | 'roles'>,
  before: AccessModel,
  after: AccessModel,
): PlannedStep[] => {
  const resourceMembers = ({ resources }: AccessModel, wanted: string): Members | undefined => {
    const found = resources.find(({ identifier }) => identifier === wanted)
    if (!found) return undefined
    const { identifier, accessTokenFormat, ...members } = found
    return { ...members, access_token_format: accessTokenFormat }
  }
  const roleMembers = ({ roles }: AccessModel, wanted: string): Members | undefined => {
    const found = roles.find(({ name }) => name === wanted)
    if (!found) return undefined
    const { id, name, includes, ...members } = found
    return {
      ...members,
      includes: roles.filter((role) => includes.includes(role.id)).map((role) => role.name),
    }
  }
  return [
    ...seed.resources.map(({ identifier }) =>
      step(
        'resource',
        identifier,
        resourceMembers(before, identifier),
        resourceMembers(after, identifier) ?? {},
      ),
    ),
    ...seed.roles.map(({ name }) =>
      step('role', name, roleMembers(before, name), roleMembers(after, name) ?? {}),
    ),
  ]
}

const shownAssignments = (assignments: readonly Assignment[], roles: readonly Role[]): Json => {
  const names = new Map(roles.map(({ id, name }) => [id, name]))
  return assignments.flatMap((assignment) => {
    const role = names.get(assignment.roleId)
    return role === undefined ? [] : [assignmentJson(role, assignment)]
  })
}

const clientStep = async (
  { roles: held, client_secret: secret, ...input }: SeedClientInput,
  roles: readonly Role[],
  { client, isSecret }: PlanParts,
): Promise<PlannedStep> => {
  const id = input.client_id
  const present = await client(id)
  const assigned = held ? assignmentsOf(held, roles) : (present?.assignments ?? [])
  const members = (
    of: RegisteredClient['client'],
    assignments: readonly Assignment[],
    demo: boolean,
  ): Members => {
    const { client_id, ...rest } = of
    return { ...rest, demo, roles: shownAssignments(assignments, roles) }
  }
  const before = present && members(present.client, present.assignments, present.demo)
  const planned = step('client', id, before, members(completed(input, present?.client), assigned, false))
  if (secret === undefined || (present && (await isSecret(id, secret)))) return planned
  const changes = [...planned.changes, { member: 'client_secret', from: undefined, to: 'changes' }]
  return { ...planned, changes, action: present ? 'change' : 'create' }
}

/** An account that is there gets the roles that it lacks, and is otherwise left alone. */
const accountStep = async (
  wanted: SeedAccount,
  roles: readonly Role[],
  { account }: PlanParts,
): Promise<PlannedStep> => {
  const present = await account(wanted)
  const assigned = assignmentsOf(wanted.roles ?? [], roles)
  if (present) {
    const shown = (assignments: readonly Assignment[]): Members => ({
      roles: shownAssignments(assignments, roles),
    })
    return step(
      'account',
      wanted.email,
      shown(present.roles),
      shown(distinct([...present.roles, ...assigned])),
    )
  }
  const { sub, name, locale, email_verified: isVerified = false } = wanted
  const hasPassword = wanted.password !== undefined || wanted.password_hash !== undefined
  return step('account', wanted.email, undefined, {
    ...(sub === undefined ? {} : { sub }),
    ...(name === undefined ? {} : { name }),
    ...(locale === undefined ? {} : { locale }),
    email_verified: isVerified,
    password: hasPassword ? 'is set' : 'none',
    roles: shownAssignments(assigned, roles),
  })
}
