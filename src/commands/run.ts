import { parseArgs } from 'node:util'
import { type Command, CommandFault, type Terminal } from './command.ts'

const WIDTH = 18

const help = (commands: readonly Command[]): string =>
  [
    'gatehouse: an OAuth 2.0 and OpenID Connect authorization server',
    '',
    'Usage: npm run gatehouse -- <command> [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(WIDTH)} ${summary}`),
    '',
    `  ${'--help'.padEnd(WIDTH)} this text, or that of a command`,
    `  ${'--version'.padEnd(WIDTH)} the release`,
    '',
    'Settings come from the environment and from .env; see README.md.',
    '',
  ].join('\n')

const helpOf = ({ name, usage, summary, options }: Command): string =>
  [
    `gatehouse ${name} ${usage}`.trim(),
    '',
    `  ${summary}`,
    '',
    ...Object.entries(options).map(
      ([option, { type, multiple }]) =>
        `  --${option}${type === 'string' ? ' <text>' : ''}${multiple ? ' (may be repeated)' : ''}`,
    ),
    '',
  ].join('\n')

/** A key id may begin with dashes. There are no short options, and a command without options takes no long ones. */
const isOperand = ({ operand, options }: Command, arg: string): boolean =>
  operand !== undefined &&
  (/^-[^-]/.test(arg) || (Object.keys(options).length === 0 && /^--./.test(arg) && arg !== '--help'))

const parse = (command: Command, given: string[]) => {
  const operands = given.filter((arg) => isOperand(command, arg))
  const rest = given.filter((arg) => !operands.includes(arg))
  const args = operands.length === 0 || rest.includes('--') ? given : [...rest, '--', ...operands]
  try {
    const options = { ...command.options, help: { type: 'boolean' } } as const
    return parseArgs({ args, options, allowPositionals: command.operand !== undefined, strict: true })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new CommandFault(`${message}\nSee: gatehouse ${command.name} --help`, { cause })
  }
}

const operandOf = ({ name, operand }: Command, [first = '', ...more]: readonly string[]): string => {
  if (operand === undefined || (first !== '' && more.length === 0)) return first
  throw new CommandFault(`Name one ${operand}: gatehouse ${name} <${operand}>`)
}

/**
 * Runs what the arguments ask for.
 *
 * @throws CommandFault if there is no such command or it cannot do what was asked
 */
export const run = async (
  commands: readonly Command[],
  args: readonly string[],
  { version, terminal }: { version: string; terminal: Terminal },
): Promise<void> => {
  const [first] = args
  if (first === undefined || first === '--help' || first === 'help') return terminal.out(help(commands))
  if (first === '--version') return terminal.out(`${version}\n`)
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => args[index] === word))
  if (!command) throw new CommandFault(`There is no command "${args.join(' ')}".\n\n${help(commands)}`)
  const { values, positionals } = parse(command, args.slice(command.name.split(' ').length))
  if (values.help) return terminal.out(helpOf(command))
  await command.run({ values, operand: operandOf(command, positionals) }, terminal)
}
