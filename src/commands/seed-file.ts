import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Foundation } from '../build.ts'
import { parseStored } from '../domain/clients/stored.ts'
import { SECRET_PURPOSE } from '../domain/clients/writes.ts'
import { accountMeant } from '../domain/seed/accounts.ts'
import { seedFaults } from '../domain/seed/apply.ts'
import { importedSubs } from '../domain/seed/imported-subs.ts'
import { parseSeed } from '../domain/seed/parse.ts'
import { type PlannedStep, planSeed } from '../domain/seed/plan.ts'
import type { Seed } from '../domain/seed/schema.ts'
import { CommandFault, type CommandOption, type Given, type Terminal, text, UsageFault } from './command.ts'

export const fileOption = {
  file: {
    type: 'string',
    short: 'f',
    value: 'file',
    about: 'in the form of SEED_FILE; - reads standard input',
  },
} as const satisfies Record<string, CommandOption>

/** What the help says of the form. */
export const ABOUT_FILE = [
  'What the file names is made or changed, what it does not name stays: nothing is removed. Secrets are never shown, a plan',
  'says only that one changes. Accounts that are there get the roles that they lack and are otherwise left alone.',
].join('\n')

export const seedPartsOf = ({ access, clients, accounts, store }: Foundation) => ({
  access,
  clients,
  accounts,
  documents: store.documents,
  newId: (): string => randomBytes(16).toString('base64url'),
})

/** A document that somebody wrote, and where it is from. */
export interface Source {
  name: string
  content: string
}

export const readSource = async (given: Given, { input }: Terminal): Promise<Source> => {
  const file = text(given, 'file')
  if (file === undefined || file === '')
    throw new UsageFault('Name the file: -f <file>, or - for standard input')
  if (file === '-') return { name: 'Standard input', content: await input() }
  const name = resolve(file)
  try {
    return { name, content: readFileSync(name, 'utf8') }
  } catch (cause) {
    throw new CommandFault(`${name} cannot be read.`, { cause })
  }
}

const listed = (what: string, faults: readonly string[]): CommandFault =>
  new CommandFault([what, ...faults.map((fault) => `  ${fault}`)].join('\n'))

export interface Planned {
  seed: Seed
  steps: PlannedStep[]
  warnings: string[]
}

/**
 * What a document would do now.
 *
 * @throws CommandFault with every fault and its path
 */
export const plan = async (foundation: Foundation, { name, content }: Source): Promise<Planned> => {
  const { access, clients, accounts, accountRules, store, sealer } = foundation
  const model = await access.model()
  const known = { model, clients: await clients.list() }
  const parsed = parseSeed(content, { ...accountRules, builtIns: access.builtIns, known })
  if (parsed.kind === 'faults') throw listed(`${name} cannot be applied:`, parsed.faults)
  const { seed, warnings } = parsed
  const people = { ...seedPartsOf(foundation), imported: importedSubs(store.documents) }
  const faults = await seedFaults(seed, people)
  if (faults.length > 0) throw listed(`${name} contradicts what is stored:`, faults)
  const steps = await planSeed(seed, {
    model,
    client: clients.registered,
    async isSecret(clientId, secret) {
      const record = await store.clients.find(clientId)
      const mac = record && parseStored(record).client_secret_mac
      return mac !== undefined && sealer.macs(SECRET_PURPOSE, secret).includes(mac)
    },
    account: (wanted) => accountMeant(wanted, { accounts }),
  })
  return { seed, steps, warnings }
}
