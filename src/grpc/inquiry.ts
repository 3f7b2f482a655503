import type { Inquiry } from '../domain/access/inquiry.ts'
import type { EvaluationInput } from './entities.ts'
import { invalid } from './input.ts'

/**
 * An evaluation that has all it needs.
 *
 * @param path of the evaluation in its message, with a dot at its end
 * @throws CallRefusal INVALID_ARGUMENT that names what is missing
 */
export const inquiryOf = (
  { subject, action, resource, context = {} }: EvaluationInput,
  path = '',
): Inquiry => {
  if (subject && action && resource) return { subject, action: action.name, resource, context }
  const missing = Object.entries({ subject, action, resource }).filter(([, value]) => value === undefined)
  throw invalid(missing.map(([name]) => path + name))
}
