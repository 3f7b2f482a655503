import { serve } from '../serve.ts'
import type { Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  usage: '',
  summary: 'start the server, as npm start does',
  options: {},
  run: () => serve(),
}
