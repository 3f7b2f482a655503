import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Foundation } from '../build.ts'
import { actorName } from '../domain/access/actor.ts'
import type { JsonObject } from '../domain/ports.ts'
import { applySeed } from '../domain/seed/apply.ts'
import type { PlannedStep } from '../domain/seed/plan.ts'
import { operator } from './administration.ts'
import { type Command, CommandFault, flag, type Given, type Terminal, UsageFault } from './command.ts'
import { asJson, show } from './options.ts'
import { planCommand } from './plan.ts'
import { hasChanges, planJson, planText } from './plan-text.ts'
import {
  ABOUT_FILE,
  fileOption,
  type Planned,
  plan,
  readSource,
  type Source,
  seedPartsOf,
} from './seed-file.ts'
import { withFoundation } from './with-config.ts'

const MEANWHILE = 'Somebody changed something since the plan was made; nothing was written. Look at it again.'

/** Milliseconds after which what others have changed is known here. */
const STALENESS = 1100

/** While a person thinks, the plan may become another one. */
const confirm = async (
  foundation: Foundation,
  { source, planned }: { source: Source; planned: Planned },
  { ask, out }: Terminal,
): Promise<void> => {
  out(planText(planned.steps))
  const answer = await ask('Apply this? Only "yes" does: ')
  if (answer === undefined)
    throw new UsageFault('Nobody can be asked here: look at it with gatehouse plan, then say --yes')
  if (answer.trim() !== 'yes') throw new CommandFault('Nothing was written.')
  await sleep(STALENESS)
  const { steps } = await plan(foundation, source)
  if (!isDeepStrictEqual(steps, planned.steps)) throw new CommandFault(MEANWHILE)
}

const audited = {
  resource: { create: 'resource.created', change: 'resource.changed' },
  role: { create: 'role.created', change: 'role.changed' },
  client: { create: 'client.created', change: 'client.changed' },
  account: { create: 'account.created', change: 'assignment.added' },
} as const

const idOf = async (
  { accounts }: Foundation,
  { kind, name }: PlannedStep,
): Promise<{ sub?: string; clientId?: string }> => {
  if (kind === 'client') return { clientId: name }
  const account = kind === 'account' ? await accounts.findByEmail(name) : undefined
  return account ? { sub: account.sub } : {}
}

const side = ({ changes }: PlannedStep, which: 'from' | 'to'): JsonObject =>
  Object.fromEntries(changes.map((change) => [change.member, change[which] ?? null]))

const auditSteps = async (foundation: Foundation, steps: readonly PlannedStep[]): Promise<void> => {
  for (const step of steps) {
    const { kind, action, name } = step
    if (action === 'keep') continue
    foundation.audit({
      type: audited[kind][action],
      actor: actorName(operator),
      ...(await idOf(foundation, step)),
      detail: {
        // The address of a person goes with the account, and the audit stays.
        ...(kind === 'account' ? {} : { name }),
        ...(kind === 'account' && action === 'create'
          ? {}
          : { before: side(step, 'from'), after: side(step, 'to') }),
      },
    })
  }
}

const write = async (foundation: Foundation, { seed, steps }: Planned): Promise<string[]> => {
  const applied = await applySeed(seed, seedPartsOf(foundation), { demo: false })
  if (applied.kind === 'refused')
    throw new CommandFault([MEANWHILE, ...applied.faults.map((fault) => `  ${fault}`)].join('\n'))
  await auditSteps(foundation, steps)
  return applied.warnings
}

const apply = async (
  foundation: Foundation,
  given: Given,
  terminal: Terminal,
  source: Source,
): Promise<void> => {
  const planned = await plan(foundation, source)
  const { steps, warnings } = planned
  const isNews = hasChanges(steps)
  if (isNews) {
    if (!flag(given, 'yes')) await confirm(foundation, { source, planned }, terminal)
    warnings.push(...(await write(foundation, planned)))
  }
  const done = isNews ? 'Applied.' : 'Everything is as the file says.'
  show(given, terminal, {
    json: { dry_run: false, ...planJson(steps), warnings },
    people: [
      ...warnings.map((warning) => `! ${warning}\n`),
      flag(given, 'yes') ? planText(steps) : '',
      `${done}\n`,
    ].join(''),
  })
}

export const applyCommand: Command = {
  name: 'apply',
  usage: '-f <file> [--yes | --dry-run] [--json]',
  summary: 'bring accounts, clients, roles and APIs to what a file says, after showing the plan',
  options: {
    ...fileOption,
    yes: { type: 'boolean', about: 'without asking, for scripts' },
    'dry-run': { type: 'boolean', about: 'the same as gatehouse plan' },
    ...asJson,
  },
  more: [
    ABOUT_FILE,
    'Each change is made by compare-and-set on what is there then: of two at the same moment none is lost, and the same file',
    'again changes nothing. What somebody else changes while you look at the plan is told, and nothing is written.',
  ].join('\n'),
  async run(given, terminal) {
    if (flag(given, 'dry-run')) return planCommand.run(given, terminal)
    if (flag(given, 'json') && !flag(given, 'yes'))
      throw new UsageFault('--json goes with --yes or --dry-run')
    const source = await readSource(given, terminal)
    await withFoundation((foundation) => apply(foundation, given, terminal, source))
  },
}
