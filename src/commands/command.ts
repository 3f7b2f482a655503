import type { ParseArgsOptionDescriptor } from 'node:util'

/** Where a command reads and writes; a test hands in its own. */
export interface Terminal {
  out(text: string): void
  /** All of standard input. */
  input(): Promise<string>
  /** What a person answers; undefined where nobody sits at it. */
  ask(question: string): Promise<string | undefined>
  /** Ends the command with another code than 0, once it is done. */
  endWith(code: number): void
}

/** How a command ends. */
export const exitCodes = {
  done: 0,
  /** Refused, or a fault. */
  refused: 1,
  /** What was typed is no command. */
  usage: 2,
  /** The store does not answer; the same again may work. */
  storeAway: 3,
  /** A plan has changes. */
  changes: 4,
} as const

export interface CommandOption extends ParseArgsOptionDescriptor {
  /** What it takes, as the help says it; without it `text`. */
  value?: string
  about?: string
}

/** One verb of `gatehouse`. */
export interface Command {
  /** As typed, such as `keys rotate`. */
  name: string
  /** What follows the name. */
  usage: string
  summary: string
  options: Record<string, CommandOption>
  /** What the words are that it needs beside its options, such as `file`; without it, it takes none. */
  operands?: readonly string[]
  /** What the help says beside the options. */
  more?: string
  /** @throws CommandFault with a sentence for the operator */
  run(given: Given, terminal: Terminal): Promise<void>
}

export interface Given {
  values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  /** As many as the command takes. */
  operands: readonly string[]
}

/** What was asked cannot be done; the message says why and what to do. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault'
  readonly exitCode: number = exitCodes.refused
}

/** What was typed is no command, or does not go together. */
export class UsageFault extends CommandFault {
  override readonly exitCode = exitCodes.usage
}

/** The one operand of a command that takes one, or one of several by its place. */
export const operand = ({ operands }: Given, place = 0): string => operands[place] ?? ''

/** The value of an option that takes one. */
export const text = ({ values }: Given, name: string): string | undefined => {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be repeated; undefined if it is not there. */
export const textsIfAny = ({ values }: Given, name: string): string[] | undefined => {
  const value = values[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined
}

/** The same, none if it is not there. */
export const texts = (given: Given, name: string): string[] => textsIfAny(given, name) ?? []

export const flag = ({ values }: Given, name: string): boolean => values[name] === true
