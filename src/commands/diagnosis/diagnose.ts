import { existsSync } from 'node:fs'
import { noMetrics } from '../../adapters/metrics.ts'
import { openFoundation } from '../../build.ts'
import { type Config, ConfigFault, type Environment, loadConfig } from '../../config.ts'
import { inspectStore } from '../../store/index.ts'
import { diagnoseAdmin, diagnoseClock, diagnoseDeletions, diagnoseSigningKeys } from './contents.ts'
import { attempt, type Diagnosis } from './diagnosis.ts'
import { diagnoseKeys } from './keys.ts'

/**
 * Looks at an installation, from the settings to the clock; a fault ends only what rests on it.
 *
 * @param environment may throw a ConfigFault
 */
export async function* diagnose(environment: () => Environment): AsyncGenerator<Diagnosis> {
  const { config, findings } = readSettings(environment)
  yield* findings
  if (!config) return
  const hasData = config.scale !== undefined || existsSync(config.dataDir)
  const keys = diagnoseKeys(config, { hasData })
  yield* keys
  if (hasData) yield* diagnoseStore(config, { keysWork: keys.every(({ state }) => state === 'fine') })
  else yield notMade(config)
}

const readSettings = (environment: () => Environment): { config?: Config; findings: Diagnosis[] } => {
  const subject = 'Settings'
  const warned = (warnings: readonly string[]): Diagnosis[] =>
    warnings.map((text) => ({ subject, state: 'warning', text }))
  try {
    const config = loadConfig(environment())
    const mode = config.scale ? 'scale mode: MongoDB and Redis' : 'embedded mode'
    return { config, findings: [{ subject, state: 'fine', text: mode }, ...warned(config.warnings)] }
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error
    const faults = error.faults.map(
      ({ name, given, wanted }): Diagnosis => ({
        subject,
        state: 'fault',
        text: `${name}: wanted ${wanted}; given ${given}`,
        advice: `Change ${name} in the environment or in .env; everything else is looked at when the settings are right.`,
      }),
    )
    return { findings: [...faults, ...warned(error.warnings)] }
  }
}

const notMade = ({ dataDir }: Config): Diagnosis => ({
  subject: 'Store',
  state: 'warning',
  text: `the folder ${dataDir} does not exist yet`,
  advice: 'The first start of the server makes it. If there was one, look at DATA_DIR.',
})

async function* diagnoseStore(
  config: Config,
  { keysWork }: { keysWork: boolean },
): AsyncGenerator<Diagnosis> {
  const { dataDir, scale } = config
  const parts = { role: 'cli', now: Date.now, log: silent, metrics: noMetrics } as const
  const inspected = await attempt(() => inspectStore({ dataDir, scale, ...parts }))
  const findings = 'fault' in inspected ? [away('Store', inspected.fault)] : inspected.value
  yield* findings.map((finding) =>
    SERVERS.includes(finding.subject) ? away(finding.subject, finding.text) : finding,
  )
  const cannotBeOpened = findings.some(({ subject }) => subject === 'Store' || subject === 'MongoDB')
  if (!cannotBeOpened && keysWork) yield* diagnoseContents(config)
}

async function* diagnoseContents(config: Config): AsyncGenerator<Diagnosis> {
  const opened = await attempt(() => openFoundation(config, 'cli'))
  if ('fault' in opened) {
    yield away('Store', opened.fault)
    return
  }
  const foundation = opened.value
  try {
    yield await diagnoseSigningKeys(foundation)
    yield await diagnoseAdmin(foundation)
    yield await diagnoseDeletions(foundation)
    yield await diagnoseClock(foundation)
  } finally {
    await foundation.close()
  }
}

const nothing = (): void => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Subjects that are found only as long as they do not answer. */
const SERVERS = ['MongoDB', 'Redis']

const away = (subject: string, text: string): Diagnosis => ({
  subject,
  state: 'fault',
  text,
  advice: 'See that it runs and can be reached from this machine with these settings.',
})
