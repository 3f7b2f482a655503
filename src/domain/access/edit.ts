import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { AuditType } from '../audit-events.ts'
import type { Fault } from '../clients/faults.ts'
import type { Audit, JsonObject } from '../ports.ts'
import type { Access } from './access.ts'
import { type Actor, actorName } from './actor.ts'
import type { AccessModel } from './model.ts'

/** Somebody who would lose something: a role that names it, or a holder of it. */
export interface User {
  kind: 'role' | 'account' | 'client'
  id: string
  name: string
}

/** What became of an edit. */
export type Changed<Value> =
  | { kind: 'done'; value: Value; etag: string }
  /** Somebody else changed it since it was read. */
  | { kind: 'stale' }
  | { kind: 'taken' }
  | { kind: 'unknown' }
  /** It is in use; a removal that cascades takes it from all of these. */
  | { kind: 'in_use'; users: User[] }
  | { kind: 'faults'; faults: Fault[] }

/** A strong entity tag (RFC 9110 §8.8.3), by content: the same again has the same. Without its quotes. */
export const etagOf = (value: JsonObject): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)

/** Leaves an edit of the document, whose compare-and-set may run it several times; nothing is written. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly outcome: Exclude<Changed<never>, { kind: 'done' }>

  constructor(outcome: Refused['outcome']) {
    super(outcome.kind)
    this.outcome = outcome
  }
}

/** One change of the model; `before` and `after` are what it was about, undefined where there was or is nothing. */
export interface Edit<Value> {
  before: Value | undefined
  after: Value | undefined
  model: AccessModel
}

/**
 * Changes the model and writes down what was before and after.
 *
 * @param change may run more than once, and may throw Refused
 */
export const editModel = async <Value extends JsonObject>(
  { access, audit }: { access: Pick<Access, 'change'>; audit: Audit },
  { type, actor }: { type: AuditType; actor: Actor },
  change: (model: AccessModel) => Edit<Value>,
): Promise<Changed<Value>> => {
  const last: { edit?: Edit<Value> } = {}
  try {
    await access.change((model) => {
      last.edit = change(model)
      return last.edit.model
    })
  } catch (error) {
    if (error instanceof Refused) return error.outcome
    throw error
  }
  const { before, after } = last.edit ?? { before: undefined, after: undefined }
  const value = after ?? before
  if (!value) return { kind: 'unknown' }
  if (!isDeepStrictEqual(before, after))
    audit({ type, actor: actorName(actor), detail: { before: before ?? null, after: after ?? null } })
  return { kind: 'done', value, etag: etagOf(value) }
}

/** @throws Refused `stale` unless the caller knows the present state, or did not say what it knows */
export const requirePresent = (value: JsonObject, expected: string | undefined): void => {
  if (expected !== undefined && expected !== etagOf(value)) throw new Refused({ kind: 'stale' })
}
