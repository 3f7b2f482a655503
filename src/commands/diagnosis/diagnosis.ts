import { Refusal } from '../../errors.ts'
import type { Finding } from '../../store/finding.ts'

/** A finding, and what to do where the text does not say it. */
export interface Diagnosis extends Finding {
  advice?: string
}

/** The cause of a refusal is for the operator, and never holds a secret: drivers see to that. */
const reasonOf = (error: unknown): string => {
  if (error instanceof Refusal) return error.cause instanceof Error ? error.cause.message : error.code
  return error instanceof Error ? error.message : String(error)
}

/** What `work` brings, or why it failed, in words for the operator. */
export const attempt = async <Value>(
  work: () => Promise<Value>,
): Promise<{ value: Value } | { fault: string }> => {
  try {
    return { value: await work() }
  } catch (error) {
    return { fault: reasonOf(error) }
  }
}

type Look = { text: string } | { warning: string; advice: string } | { fault: string; advice: string }

/** Looks at one subject; a look that fails is a fault of it. */
export const diagnosis = async (subject: string, look: () => Promise<Look>): Promise<Diagnosis> => {
  const looked = await attempt(look)
  if ('fault' in looked) return { subject, state: 'fault', text: looked.fault }
  const found = looked.value
  if ('text' in found) return { subject, state: 'fine', text: found.text }
  const { advice } = found
  return 'warning' in found
    ? { subject, state: 'warning', text: found.warning, advice }
    : { subject, state: 'fault', text: found.fault, advice }
}
