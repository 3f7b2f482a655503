import { parseArgs } from 'node:util'
import { type Command, type Given, type Terminal, UsageFault } from './command.ts'
import { groupNamed, help, helpOf, helpOfGroup } from './help.ts'
import { reference } from './reference.ts'

/** A key id or a sub may begin with dashes; a command that takes one has no short options, and without options no long ones. */
const isOperand = ({ operands, options }: Command, arg: string): boolean =>
  operands !== undefined &&
  (/^-[^-]/.test(arg) || (Object.keys(options).length === 0 && /^--./.test(arg) && arg !== '--help'))

/** No argument has it; what begins with it is no option for the parser. */
const MARK = '\0'
const unmarked = (text: string): string => (text.startsWith(MARK) ? text.slice(MARK.length) : text)
const unmarkedValue = (value: Given['values'][string]): Given['values'][string] => {
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'string' ? unmarked(item) : item))
  return typeof value === 'string' ? unmarked(value) : value
}

const parse = (command: Command, given: readonly string[]): Given & { help: boolean } => {
  const args = given.map((arg) => (isOperand(command, arg) ? MARK + arg : arg))
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...command.options, help: { type: 'boolean' } },
      allowPositionals: command.operands !== undefined,
      strict: true,
    })
    return {
      values: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, unmarkedValue(value)] as const),
      ),
      operands: positionals.map(unmarked),
      help: 'help' in values && values.help === true,
    }
  } catch (cause) {
    const message = (cause instanceof Error ? cause.message : String(cause)).replaceAll(MARK, '')
    throw new UsageFault(`${message}\nSee: gatehouse ${command.name} --help`, { cause })
  }
}

const checkOperands = ({ name, operands: wanted = [] }: Command, given: readonly string[]): void => {
  if (given.length === wanted.length && given.every((operand) => operand !== '')) return
  const all = wanted.map((operand) => `<${operand}>`).join(' ')
  const [only, ...others] = wanted
  const what = others.length === 0 ? `one ${only}` : wanted.join(', ')
  throw new UsageFault(`Name ${what}: gatehouse ${name} ${all}`)
}

const unknown = (commands: readonly Command[], args: readonly string[]): UsageFault => {
  const group = groupNamed(commands, args[0] ?? '')
  const all = group.length > 0 ? helpOfGroup(group) : help(commands)
  return new UsageFault(`There is no command "${args.join(' ')}".\n\n${all}`)
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
  const [first, second] = args
  if (first === 'help' && second === '--markdown') return terminal.out(reference(commands))
  if (first === undefined || first === '--help' || first === 'help') return terminal.out(help(commands))
  if (first === '--version') return terminal.out(`${version}\n`)
  const group = groupNamed(commands, first)
  if (group.length > 0 && second === '--help') return terminal.out(helpOfGroup(group))
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => args[index] === word))
  if (!command) throw unknown(commands, args)
  const given = parse(command, args.slice(command.name.split(' ').length))
  if (given.help) return terminal.out(helpOf(command))
  checkOperands(command, given.operands)
  await command.run(given, terminal)
}
