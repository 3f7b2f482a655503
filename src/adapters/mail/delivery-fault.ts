import { digest } from '../../domain/digest.ts'
import { parseEmail } from '../../domain/email.ts'

const text = (error: object, name: string): string | number | undefined => {
  const value: unknown = Object.getOwnPropertyDescriptor(error, name)?.value
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/**
 * What may be logged about a delivery that failed. The answer of a mail server is not: it repeats addresses, and may
 * repeat the letter with its link.
 */
export const deliveryFault = (error: unknown): Record<string, string | number | undefined> => {
  if (!(error instanceof Error)) return {}
  const code = text(error, 'originalCode') ?? text(error, 'code')
  // RFC 3463
  const [enhanced] = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(String(text(error, 'response') ?? '')) ?? []
  return {
    code,
    command: text(error, 'command'),
    status: text(error, 'responseCode'),
    enhanced,
    // Neither the mail server nor the network: a defect of ours.
    ...(code === undefined ? { stack: error.stack } : {}),
  }
}

/** Tells one address from another in the log, without saying which it is. */
export const recipientMark = (to: string): string => digest(parseEmail(to)?.key ?? to).slice(0, 12)
