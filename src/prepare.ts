import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Foundation } from './build.ts'
import { patience } from './domain/patience.ts'
import { applySeed } from './domain/seed/apply.ts'
import { demoSeed } from './domain/seed/demo.ts'
import { ensureAdmin } from './domain/seed/first-admin.ts'
import { parseSeed } from './domain/seed/parse.ts'
import type { Seed } from './domain/seed/schema.ts'

/** The seed cannot be applied; the message names every fault, for the operator. */
export class SeedFault extends Error {
  override readonly name = 'SeedFault'
}

export interface Prepared {
  /** The first administrator, if this start made it; the password only if nobody had chosen it. */
  admin: { email: string; password: string | undefined } | undefined
}

/**
 * Makes sure of what has to be there before the first request: the demo of a development start, what SEED_FILE says, and
 * an administrator. Each step may be done again, so a store that does not answer for a moment, as when many processes
 * start at once, delays the start and does not end it.
 *
 * @throws SeedFault if one of them cannot be made; the refusal `store_unavailable` if the store stays away
 */
export const prepare = async (foundation: Foundation): Promise<Prepared> => {
  const patient = patience((seconds) => {
    foundation.log.warn({ seconds }, 'the store does not answer; the start tries again')
    return sleep(seconds * 1000)
  })
  await patient(() => demo(foundation))
  await patient(() => seeded(foundation))
  return { admin: await patient(() => admin(foundation)) }
}

const demo = async (foundation: Foundation): Promise<void> => {
  const { config, clients, log } = foundation
  if (config.development) await apply(foundation, demoSeed(config.issuer), { demo: true })
  else {
    const removed = await clients.removeDemo()
    if (removed.length > 0) log.warn({ removed }, 'demo clients of a development start were removed')
  }
}

const seeded = async (foundation: Foundation): Promise<void> => {
  const { seedFile } = foundation.config
  if (seedFile !== undefined) await apply(foundation, await readSeed(foundation, seedFile), { demo: false })
}

const listed = (what: string, faults: readonly string[]): SeedFault =>
  new SeedFault([what, ...faults.map((fault) => `  ${fault}`)].join('\n'))

const newId = (): string => randomBytes(16).toString('base64url')

const seedText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SeedFault(`SEED_FILE ${path} cannot be read`, { cause })
  }
}

const readSeed = async (foundation: Foundation, path: string): Promise<Seed> => {
  const { access, clients, log } = foundation
  const known = { model: await access.model(), clients: await clients.list() }
  const parsed = parseSeed(seedText(path), { ...foundation.accountRules, builtIns: access.builtIns, known })
  if (parsed.kind === 'faults') throw listed(`SEED_FILE ${path} cannot be applied:`, parsed.faults)
  for (const warning of parsed.warnings) log.warn({ seed: path }, warning)
  return parsed.seed
}

const apply = async (foundation: Foundation, seed: Seed, options: { demo: boolean }): Promise<void> => {
  const { access, clients, accounts, store, log } = foundation
  const applied = await applySeed(
    seed,
    { access, clients, accounts, documents: store.documents, newId },
    options,
  )
  if (applied.kind === 'refused') throw listed('The seed contradicts what is stored:', applied.faults)
  for (const warning of applied.warnings) log.warn({}, warning)
}

const admin = async (foundation: Foundation): Promise<Prepared['admin']> => {
  const { access, accounts, config, log } = foundation
  const parts = { ...foundation.accountRules, access, accounts, newId, random: randomBytes }
  const outcome = await ensureAdmin(parts, { development: config.development, ...config.bootstrapAdmin })
  if (outcome.kind === 'refused') throw new SeedFault(outcome.fault)
  if (outcome.kind === 'none') {
    log.warn({}, 'there is no administrator; make one with: gatehouse account create --role admin')
  }
  return outcome.kind === 'created' ? { email: outcome.email, password: outcome.password } : undefined
}
