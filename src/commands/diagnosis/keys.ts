import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KeyFileFault, readKeyFiles } from '../../adapters/key-files.ts'
import type { Config } from '../../config.ts'
import type { Diagnosis } from './diagnosis.ts'

const subject = 'Keys'

/**
 * Whether the keys for cookies and for secrets at rest are there, without making any.
 *
 * @param hasData whether something may have been sealed with them
 */
export const diagnoseKeys = (
  { keys, keysDir }: Pick<Config, 'keys' | 'keysDir'>,
  { hasData }: { hasData: boolean },
): Diagnosis[] => {
  const { cookieKeys, sealingKeys } = keys
  if (cookieKeys && sealingKeys)
    return [{ subject, state: 'fine', text: 'COOKIE_KEYS and SEALING_KEY are set' }]
  const isMissing = (file: string): boolean => !existsSync(join(keysDir, file))
  const missing = ['sealing.key', 'cookie.key'].filter(isMissing)
  if (missing.length === 0) return [diagnoseFiles(keysDir)]
  const text = `${keysDir} has no ${missing.join(' and no ')}`
  if (hasData && !sealingKeys && missing.includes('sealing.key')) {
    return [
      {
        subject,
        state: 'fault',
        text,
        advice: 'What is stored was sealed with it: put it back from a backup, or look at KEYS_DIR.',
      },
    ]
  }
  return [{ subject, state: 'warning', text, advice: 'The next start of the server makes what is missing.' }]
}

const diagnoseFiles = (keysDir: string): Diagnosis => {
  try {
    readKeyFiles(keysDir)
    return { subject, state: 'fine', text: `the files in ${keysDir}` }
  } catch (error) {
    // Its message says what to do as well.
    if (error instanceof KeyFileFault) return { subject, state: 'fault', text: error.message }
    throw error
  }
}
