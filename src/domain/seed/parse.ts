import { directory } from '../access/directory.ts'
import type { AccessModel, BuiltIns } from '../access/model.ts'
import { type Fault, faultText, type Parsed, parsePart } from '../clients/faults.ts'
import type { Client } from '../clients/metadata.ts'
import { knownApis } from '../clients/references.ts'
import { type AccountRules, readAccounts } from './account-entries.ts'
import { clientEntryFaults, resourceFaults, roleFaults, typeFaults } from './cross-faults.ts'
import { parseSection } from './entries.ts'
import { mergedModel } from './merge.ts'
import {
  AccountInput,
  ResourceInput,
  RoleInput,
  type Seed,
  SeedClientInput,
  SeedDocument,
  UsableSections,
} from './schema.ts'

export interface SeedContext extends AccountRules {
  builtIns: BuiltIns
  /** What there is already: a seed may refer to it, and change a part of it. */
  known: { model: AccessModel; clients: readonly Client[] }
}

export type SeedParsed =
  /** `warnings` and `faults` are lines for the operator: path and what is wanted. */
  { kind: 'seed'; seed: Seed; warnings: string[] } | { kind: 'faults'; faults: string[] }

/** Parses the document of `SEED_FILE` and everything that it refers to; nothing is written. */
export const parseSeed = (text: string, context: SeedContext): SeedParsed => {
  const json = parseJson(text)
  if (json.kind === 'faults') return { kind: 'faults', faults: json.faults.map(faultText) }
  const document = parsePart(SeedDocument, json.value)
  const ofDocument = document.kind === 'faults' ? document.faults : []
  const sections = document.kind === 'parsed' ? document.value : UsableSections.parse(json.value)
  const { seed, faults: ofSections, warnings } = read(sections, context)
  const faults = [...ofDocument, ...ofSections]
  if (faults.length > 0) return { kind: 'faults', faults: faults.map(faultText) }
  return { kind: 'seed', seed, warnings: warnings.map(faultText) }
}

/** The message of the parser is not told: it may repeat a secret. */
const parseJson = (text: string): Parsed<unknown> => {
  try {
    return { kind: 'parsed', value: JSON.parse(text) }
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(String(error)) ?? []
    const where = line === undefined ? '' : `; it ends to be one at line ${line}, column ${column}`
    return { kind: 'faults', faults: [{ path: [], wanted: `wanted a JSON document${where}` }] }
  }
}

const values = <Value>({ entries }: { entries: { value: Value }[] }): Value[] =>
  entries.map(({ value }) => value)

const read = (document: SeedDocument, context: SeedContext) => {
  const { known, builtIns } = context
  const resources = parseSection('resources', ResourceInput, document.resources, 'identifier')
  const roles = parseSection('roles', RoleInput, document.roles, 'name')
  const clients = parseSection('clients', SeedClientInput, document.clients, 'client_id')
  const inputs = parseSection('accounts', AccountInput, document.accounts, 'email')

  const model = mergedModel(known.model, { resources: values(resources), roles: values(roles) }, () => '')
  const compiled = directory(model, builtIns)
  const apis = knownApis(compiled, resources.unsure)
  const roleNames = new Set([...model.roles.map(({ name }) => name), ...roles.unsure])
  const assignments = {
    roleNames,
    // A declaration with faults of its own may have meant it.
    isType: (type: string) => resources.unsure.size > 0 || compiled.declaring(type) !== undefined,
  }
  const accounts = readAccounts(inputs.entries, context, {
    ...assignments,
    clientIds: new Set([...known.clients, ...values(clients)].map(({ client_id }) => client_id)),
  })
  const faults: Fault[] = [
    ...[resources, roles, clients, inputs].flatMap((section) => section.faults),
    ...resourceFaults(resources.entries, builtIns),
    ...typeFaults(resources.entries, model),
    ...roleFaults(roles.entries, apis, roleNames),
    ...clientEntryFaults(clients.entries, { ...context, apis, assignments }),
    ...accounts.faults,
  ]
  const seed: Seed = {
    resources: values(resources),
    roles: values(roles),
    clients: values(clients),
    accounts: accounts.accounts,
  }
  return { seed, faults, warnings: accounts.warnings }
}
