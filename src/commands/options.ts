import { type CommandOption, flag, type Given, type Terminal, text, UsageFault } from './command.ts'

export const asJson = {
  json: { type: 'boolean', about: 'one JSON document, for programs' },
} as const satisfies Record<string, CommandOption>

export const dryRun = {
  'dry-run': { type: 'boolean', about: 'say what would happen, and change nothing' },
} as const satisfies Record<string, CommandOption>

export const paging = {
  limit: { type: 'string', value: 'number', about: 'at most so many, 1 to 1000; without it 100' },
  after: { type: 'string', value: 'cursor', about: 'go on behind this one; the end of a list names it' },
} as const satisfies Record<string, CommandOption>

const USUAL_LIMIT = 100
const HIGHEST_LIMIT = 1000

export const limitOf = (given: Given): number => {
  const limit = text(given, 'limit')
  if (limit === undefined) return USUAL_LIMIT
  const number = Number(limit)
  if (/^\d+$/.test(limit) && number >= 1 && number <= HIGHEST_LIMIT) return number
  throw new UsageFault(`--limit ${limit}: wanted a number from 1 to ${HIGHEST_LIMIT}`)
}

/** How the next page is asked for. */
export const nextLine = (next: string | undefined): string =>
  next === undefined ? '' : `\nThere are more: --after ${next}\n`

/** One document, or text for people. */
export const show = (
  given: Given,
  { out }: Terminal,
  { json, people }: { json: object; people: string },
): void => out(flag(given, 'json') ? `${JSON.stringify(json, undefined, 2)}\n` : people)

/** The same for a change; a dry run says that it was none. */
export const showChange = (
  given: Given,
  terminal: Terminal,
  { json, people }: { json: object; people: string },
): void => {
  const dry = flag(given, 'dry-run')
  show(given, terminal, {
    json: { dry_run: dry, ...json },
    people: dry ? `Nothing was changed. Without --dry-run: ${people}` : people,
  })
}
