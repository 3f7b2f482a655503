import type { Environment } from './environment.ts'
import { describe, names } from './settings.ts'

const secrets = names.filter((name) => describe(name).secret)
const known = [...names, ...secrets.map((name) => `${name}_FILE`)]

/** Names of other programs that differ from one of ours by two letters. */
const foreign = new Set(['HOME', 'USER', 'LOGIN', 'OS', 'ROOT'])

/** Levenshtein's distance, row by row. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...one].entries()) {
    let corner = index
    let left = index + 1
    row = row.map((above, column) => {
      if (column === 0) return left
      left = Math.min(left + 1, above + 1, corner + (other[column - 1] === letter ? 0 : 1))
      corner = above
      return left
    })
  }
  return row.at(-1) ?? 0
}

const warning = (name: string): string | undefined => {
  const upper = name.toUpperCase()
  const meant = known.find(
    (candidate) => Math.abs(candidate.length - name.length) <= 2 && distance(upper, candidate) <= 2,
  )
  if (meant) return `${name} is not a setting and is ignored; was ${meant} meant?`
  const plain = names.find((candidate) => `${candidate}_FILE` === upper)
  return (
    plain && `${name} is not a setting and is ignored; ${plain} is no secret, so it is not read from a file`
  )
}

/** A sentence for each name that looks like a misspelt setting. */
export const nearMisses = (env: Environment): string[] =>
  Object.keys(env)
    .filter((name) => !known.includes(name) && !foreign.has(name))
    .map(warning)
    .filter((text) => text !== undefined)
