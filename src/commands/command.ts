import type { ParseArgsOptionsConfig } from 'node:util'

/** Where a command reads and writes; a test hands in its own. */
export interface Terminal {
  out(text: string): void
  /** All of standard input. */
  input(): Promise<string>
}

/** One verb of `gatehouse`. */
export interface Command {
  /** As typed, such as `keys rotate`. */
  name: string
  /** What follows the name. */
  usage: string
  summary: string
  options: ParseArgsOptionsConfig
  /** What the one word is that it needs beside its options, such as `file`; without it, it takes none. */
  operand?: string
  /** @throws CommandFault with a sentence for the operator */
  run(given: Given, terminal: Terminal): Promise<void>
}

export interface Given {
  values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  /** Empty for a command that takes none. */
  operand: string
}

/** What was asked cannot be done; the message says why and what to do. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault'
}

/** The value of an option that takes one. */
export const text = ({ values }: Given, name: string): string | undefined => {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be repeated. */
export const texts = ({ values }: Given, name: string): string[] => {
  const value = values[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
