import type { Access } from '../access/access.ts'
import { type Fault, faultText } from '../clients/faults.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { DocumentStore } from '../ports.ts'
import { type AccountsForSeed, accountFaults, placeAccount, type SeedAccountParts } from './accounts.ts'
import { assignmentsOf } from './assignment-entries.ts'
import { importedSubs } from './imported-subs.ts'
import { mergedModel } from './merge.ts'
import type { Seed } from './schema.ts'

export interface SeedParts {
  access: Pick<Access, 'change'>
  clients: Pick<ClientRegistry, 'merge'>
  accounts: AccountsForSeed
  documents: DocumentStore
  /** Makes a random id, never used before. */
  newId: () => string
}

export type SeedApplied =
  /** `warnings` and `faults` are lines for the operator. */
  | { kind: 'applied'; warnings: string[] }
  /** What is stored contradicts the seed; nothing was written. */
  | { kind: 'refused'; faults: string[] }

/**
 * Writes a seed. The same again changes nothing; several servers may do it at once.
 *
 * @param options.demo whether its clients are for development only
 * @throws the refusals `busy` and `store_unavailable`
 */
export const applySeed = async (
  seed: Seed,
  parts: SeedParts,
  options: { demo: boolean },
): Promise<SeedApplied> => {
  const people = { ...parts, imported: importedSubs(parts.documents) }
  const faults = await seedFaults(seed, people)
  if (faults.length > 0) return { kind: 'refused', faults }

  const { roles } = await parts.access.change((model) => mergedModel(model, seed, parts.newId))
  for (const { roles: held, ...client } of seed.clients)
    await parts.clients.merge(client, { ...options, assignments: held && assignmentsOf(held, roles) })
  const warnings: string[] = []
  // One after the other: the queue of the hasher is short.
  for (const [index, account] of seed.accounts.entries()) {
    const assignments = assignmentsOf(account.roles ?? [], roles)
    warnings.push(...(await placeAccount(account, ['accounts', index], assignments, people)))
  }
  return { kind: 'applied', warnings }
}

/** How what is stored contradicts a seed: lines for the operator. */
export const seedFaults = async (seed: Seed, people: SeedAccountParts): Promise<string[]> => {
  const faults = await clientIdFaults(seed, people.accounts)
  for (const [index, account] of seed.accounts.entries())
    faults.push(...(await accountFaults(account, ['accounts', index], people)))
  return faults.map(faultText)
}

/** N-17: a client must not be mistaken for a person. */
const clientIdFaults = async ({ clients }: Seed, accounts: AccountsForSeed): Promise<Fault[]> => {
  const faults: Fault[] = []
  for (const [index, { client_id }] of clients.entries())
    if (await accounts.find(client_id))
      faults.push({
        path: ['clients', index, 'client_id'],
        wanted: 'wanted another id; an account has it as its sub',
      })
  return faults
}
