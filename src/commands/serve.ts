import type { Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  usage: '',
  summary: 'start the server, as npm start does',
  options: {},
  async run() {
    // The other commands need neither the engine nor the pages, which take a while to load.
    const { serve } = await import('../serve.ts')
    await serve()
  },
}
