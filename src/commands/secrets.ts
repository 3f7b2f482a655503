import { randomBytes } from 'node:crypto'
import type { Command } from './command.ts'

/** Prints fresh values, for an environment or a secret store. Nothing is written anywhere. */
export const secrets: Command = {
  name: 'secrets',
  usage: '',
  summary: 'print fresh values for COOKIE_KEYS and SEALING_KEY',
  options: {},
  async run(_given, { out }) {
    out(`COOKIE_KEYS=${randomBytes(32).toString('base64url')}\n`)
    out(`SEALING_KEY=${randomBytes(32).toString('base64')}\n`)
  },
}
