import { createAccount } from './account-create.ts'
import { backup, restore } from './backup.ts'
import { createClient } from './client-create.ts'
import type { Command } from './command.ts'
import { checkConfig, printConfig } from './config.ts'
import { doctor } from './doctor.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { listKeys, rotateKeys, withdrawKey } from './keys.ts'
import { secrets } from './secrets.ts'
import { serveCommand } from './serve.ts'

/** Every verb, in the order in which the help names them. */
export const commands: readonly Command[] = [
  serveCommand,
  checkConfig,
  printConfig,
  doctor,
  secrets,
  createAccount,
  createClient,
  listKeys,
  rotateKeys,
  withdrawKey,
  backup,
  restore,
  exportCommand,
  importCommand,
]
