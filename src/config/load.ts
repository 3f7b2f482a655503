import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { absence, absent } from './absent.ts'
import { type Config, type ShownSetting, toConfig } from './config.ts'
import { type Environment, type Found, find, type ReadFile } from './environment.ts'
import { ConfigFault, type Fault, inShort, masked } from './faults.ts'
import { isLoopback } from './issuer.ts'
import { nearMisses } from './near-miss.ts'
import { type Breach, rules } from './rules.ts'
import { describe, names, type SettingName, settings } from './settings.ts'

/** The machine, as far as the configuration asks about it. */
export interface Machine {
  readFile: ReadFile
  cores: number
}

const thisMachine = (): Machine => ({
  readFile: (path) => readFileSync(path, 'utf8'),
  cores: availableParallelism(),
})

type Look = (name: SettingName) => Found
type TextOf = (name: SettingName) => string | undefined

/**
 * Makes the configuration from an environment (see `readEnvironment`).
 *
 * @throws ConfigFault with everything that is wrong with it
 */
export const loadConfig = (env: Environment, machine: Machine = thisMachine()): Config => {
  const found = new Map(names.map((name) => [name, find(name, env, machine.readFile)]))
  const look: Look = (name) => found.get(name) ?? { kind: 'unset' }
  const text = withDefaults(look, machine.cores)
  const development = isLoopback(text('ISSUER') ?? '') && text('NODE_ENV') !== 'production'

  const parsed = settings.safeParse(Object.fromEntries(names.map((name) => [name, text(name)])))
  const faults = faultsOf({ look, text, development, issues: parsed.error?.issues ?? [] })
  const warnings = nearMisses(env)
  if (!parsed.success || faults.length > 0) throw new ConfigFault(faults, warnings)
  const { WORKERS } = parsed.data
  return toConfig(parsed.data, {
    development,
    workers: WORKERS === 'auto' ? machine.cores : WORKERS,
    warnings,
    settings: shownSettings(look, text),
  })
}

const withDefaults = (look: Look, cores: number): TextOf => {
  const text: TextOf = (name) => {
    const found = look(name)
    if (found.kind === 'given') return found.text
    const fallback = describe(name).default
    return typeof fallback === 'object' ? fallback.from((basis) => text(basis) ?? '', cores) : fallback
  }
  return text
}

interface Findings {
  look: Look
  text: TextOf
  development: boolean
  issues: readonly { path: PropertyKey[]; message: string }[]
}

const faultsOf = ({ look, text, development, issues }: Findings): Fault[] => {
  const unreadable = names.flatMap((name) => {
    const found = look(name)
    return found.kind === 'fault' ? [{ name, fault: found.fault }] : []
  })
  const malformed = breachesOf(look, issues)
  const faulty = new Set([...unreadable, ...malformed].map(({ name }) => name))
  const sound: TextOf = (name) => (faulty.has(name) ? undefined : text(name))
  const breaches = rules
    .flatMap((rule) => rule({ text: sound, development }))
    .filter(({ name }) => !faulty.has(name))
  const missing = absencesOf(look)
  const pointless = new Set(missing.map(({ name }) => name))
  return [
    ...unreadable.map(({ fault }) => fault),
    ...[...malformed.filter(({ name }) => !pointless.has(name)), ...breaches, ...missing].map(asFault(look)),
  ]
}

/** The first issue of each setting; a default fails only through the setting that it rests on. */
const breachesOf = (look: Look, issues: Findings['issues']): Breach[] =>
  names.flatMap((name) => {
    const issue = issues.find(({ path }) => path[0] === name)
    return issue && look(name).kind === 'given' ? [{ name, wanted: issue.message }] : []
  })

const absencesOf = (look: Look): Breach[] =>
  names.flatMap((name) => {
    const found = look(name)
    const absentFeature = absent[name]
    if (!absentFeature || found.kind !== 'given' || absentFeature.works.includes(found.text)) return []
    return [{ name, wanted: absence(absentFeature) }]
  })

const isSecret = (name: SettingName): boolean => describe(name).secret === true

const asFault =
  (look: Look) =>
  ({ name, wanted }: Breach): Fault => {
    const found = look(name)
    return { name, given: inShort(found.kind === 'given' ? found.text : undefined, isSecret(name)), wanted }
  }

const shownSettings = (look: Look, text: TextOf): ShownSetting[] =>
  names.map((name) => {
    const found = look(name)
    const value = text(name)
    return {
      name,
      value: value === undefined ? '' : masked(value, isSecret(name)),
      source: found.kind === 'given' ? found.source : 'default',
    }
  })
