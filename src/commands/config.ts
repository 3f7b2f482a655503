import { checkConfig as check, printConfig as print, readEnvironment } from '../config.ts'
import { type Command, CommandFault } from './command.ts'
import { withConfig } from './with-config.ts'

export const checkConfig: Command = {
  name: 'config check',
  usage: '',
  summary: 'tell every fault of the settings at once',
  options: {},
  async run(_given, { out }) {
    const { fine, text } = check(readEnvironment())
    if (!fine) throw new CommandFault(text.trimEnd())
    out(text)
  },
}

export const printConfig: Command = {
  name: 'config print',
  usage: '',
  summary: 'show every setting as it holds, secrets masked, and where it came from',
  options: {},
  run: (_given, { out }) => withConfig(async (config) => out(print(config))),
}
