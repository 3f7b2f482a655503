import type { Operation } from '../operation.ts'
import { evaluationOperation } from './evaluation.ts'
import { evaluationsOperation } from './evaluations.ts'
import type { AccessApiParts } from './parts.ts'
import { actionSearch, resourceSearch, subjectSearch } from './search.ts'

/** Every call below `/access/`: the AuthZEN Authorization API 1.0. */
export const accessOperations = (parts: AccessApiParts): Operation[] => [
  evaluationOperation(parts),
  evaluationsOperation(parts),
  subjectSearch(parts),
  resourceSearch(parts),
  actionSearch(parts),
]
