import { z } from 'zod'
import type { Given } from '../../domain/access/inquiry.ts'
import { text } from '../json-input.ts'

/** Characters; longer than any id or name that there can be. */
const LONGEST = 1024

const Name = text(LONGEST).min(1)

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const isReadable = (value: unknown): boolean =>
  isScalar(value) || (Array.isArray(value) && value.every(isScalar))

/** Nearly always the same: a batch has hundreds, and copies cost more than the decisions. */
const readable = (given: Record<string, unknown>): Given =>
  Object.values(given).every(isReadable)
    ? given
    : Object.fromEntries(Object.entries(given).filter(([, value]) => isReadable(value)))

/** Attributes of an entity. What no condition can read, such as objects and null, is left out. */
export const Attributes = z.looseObject({}).transform(readable)

const properties = Attributes.default({})

/** A subject or a resource. */
export const EntityInput = z.object({ type: Name, id: Name, properties })

/** One whose id is looked for: what is given as its id is ignored. */
export const OpenEntity = z.object({ type: Name, properties })

export const ActionInput = z.object({ name: Name, properties: Attributes.exactOptional() })

export const context = Attributes.default({})
