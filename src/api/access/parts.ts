import type { Evaluate } from '../../domain/access/evaluation.ts'
import type { Search } from '../../domain/access/search.ts'
import type { Authorize } from './caller.ts'

/** What the operations below `/access/` stand on. */
export interface AccessApiParts {
  evaluate: Evaluate
  search: Search
  authorize: Authorize
}
