import type { Command, CommandOption } from './command.ts'

/** Columns of the longest name, and two to the text. */
const widthOf = (names: readonly string[]): number => Math.max(...names.map((name) => name.length)) + 1

const GENERAL: readonly [string, string][] = [
  ['--help', 'this text, or that of a command or of a group'],
  ['--version', 'the release'],
]

export const EXIT_CODES =
  'Exit codes: 0 done, 1 refused or a fault, 2 not a command, 3 the store is away, 4 a plan has changes.'

/** The first word of its name. */
export const groupOf = ({ name }: Command): string => name.split(' ')[0] ?? ''

const lines = (commands: readonly Command[], width: number): string[] =>
  commands.flatMap((command, index) => {
    const before = commands[index - 1]
    const isNewGroup =
      before !== undefined && groupOf(before) !== groupOf(command) && command.name.includes(' ')
    const line = `  ${command.name.padEnd(width)} ${command.summary}`
    return isNewGroup ? ['', line] : [line]
  })

/** What `gatehouse --help` says. */
export const help = (commands: readonly Command[]): string => {
  const width = widthOf([...commands.map(({ name }) => name), ...GENERAL.map(([name]) => name)])
  return [
    'gatehouse: an OAuth 2.0 and OpenID Connect authorization server',
    '',
    'Usage: npm run gatehouse -- <command> [options]',
    '',
    ...lines(commands, width),
    '',
    ...GENERAL.map(([name, about]) => `  ${name.padEnd(width)} ${about}`),
    '',
    EXIT_CODES,
    'Settings come from the environment and from .env; see README.md.',
    '',
  ].join('\n')
}

/** The commands whose name begins with this word, such as `account`. */
export const groupNamed = (commands: readonly Command[], word: string): Command[] =>
  commands.filter(({ name }) => name.startsWith(`${word} `))

/** What `gatehouse account --help` says. */
export const helpOfGroup = (commands: readonly Command[]): string =>
  [...lines(commands, widthOf(commands.map(({ name }) => name))), ''].join('\n')

const optionText = ([name, { type, short, value = 'text' }]: [string, CommandOption]): string =>
  `${short === undefined ? '' : `-${short}, `}--${name}${type === 'string' ? ` <${value}>` : ''}`

const aboutText = ({ about = '', multiple }: CommandOption): string =>
  [about, multiple ? '(may be repeated)' : ''].filter((part) => part !== '').join(' ')

/** What `gatehouse account create --help` says. */
export const helpOf = ({ name, usage, summary, options, more }: Command): string => {
  const listed = Object.entries(options)
  const width = widthOf(listed.map(optionText))
  return [
    `gatehouse ${name} ${usage}`.trim(),
    '',
    `  ${summary}`,
    '',
    ...listed.map((entry) => `  ${optionText(entry).padEnd(width)} ${aboutText(entry[1])}`.trimEnd()),
    ...(more === undefined ? [] : ['', ...more.split('\n').map((line) => `  ${line}`.trimEnd())]),
    '',
  ].join('\n')
}
