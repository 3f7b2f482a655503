import type { PlannedChange, PlannedStep } from '../domain/seed/plan.ts'
import { printable } from './table.ts'

const LONGEST = 200

const value = (of: PlannedChange['from']): string => {
  const text = printable(typeof of === 'string' ? of : (JSON.stringify(of) ?? '-'))
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

const isSecret = ({ member }: PlannedChange): boolean => member === 'client_secret'

const changeText = (action: PlannedStep['action'], change: PlannedChange): string => {
  if (isSecret(change)) return action === 'create' ? '    client_secret is set' : '    client_secret changes'
  return action === 'create'
    ? `    ${change.member}: ${value(change.to)}`
    : `    ${change.member}: ${value(change.from)} -> ${value(change.to)}`
}

const MARKS = { create: '+', change: '~', keep: '=' } as const

const stepText = ({ kind, name, action, changes }: PlannedStep): string =>
  [
    `${MARKS[action]} ${kind} ${printable(name)}`,
    ...changes.map((change) => changeText(action, change)),
  ].join('\n')

const countsOf = (steps: readonly PlannedStep[]) => {
  const count = (action: PlannedStep['action']): number =>
    steps.filter((step) => step.action === action).length
  return { create: count('create'), change: count('change'), keep: count('keep') }
}

export const hasChanges = (steps: readonly PlannedStep[]): boolean =>
  steps.some(({ action }) => action !== 'keep')

/** A plan for people: what is made (+), changed (~) and left alone (=), in the order in which it is done. */
export const planText = (steps: readonly PlannedStep[]): string => {
  const { create, change, keep } = countsOf(steps)
  const sum = `${create} to make, ${change} to change, ${keep} as they are.`
  return [...steps.map(stepText), '', sum, ''].join('\n')
}

/** The same for programs. */
export const planJson = (steps: readonly PlannedStep[]) => ({
  steps: steps.map(({ kind, name, action, changes }) => ({
    kind,
    name,
    action,
    changes: changes.map((change) =>
      isSecret(change)
        ? { member: change.member }
        : { member: change.member, from: change.from ?? null, to: change.to ?? null },
    ),
  })),
  counts: countsOf(steps),
})
