import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readKeyFiles } from '../adapters/key-files.ts'
import type { Command } from './command.ts'
import { withConfig } from './with-config.ts'

export const secrets: Command = {
  name: 'secrets',
  usage: '[--files]',
  summary:
    'print fresh values for COOKIE_KEYS and SEALING_KEY; with --files make key files in KEYS_DIR instead',
  options: { files: { type: 'boolean' } },
  async run({ values }, { out }) {
    if (values.files) {
      await withConfig(async ({ keysDir }) => {
        readKeyFiles(keysDir)
        out(`COOKIE_KEYS_FILE=${join(keysDir, 'cookie.key')}\n`)
        out(`SEALING_KEY_FILE=${join(keysDir, 'sealing.key')}\n`)
      })
      return
    }
    out(`COOKIE_KEYS=${randomBytes(32).toString('base64url')}\n`)
    out(`SEALING_KEY=${randomBytes(32).toString('base64')}\n`)
  },
}
