import { z } from 'zod'
import { text } from '../json-input.ts'

/** Characters; longer than any id or name that there can be. */
const LONGEST = 1024

const Name = text(LONGEST).min(1)

/** Attributes of an entity. What no condition can read, such as objects and null, is overlooked where one looks. */
export const Attributes = z.looseObject({})

const properties = Attributes.default({})

/** A subject or a resource. */
export const EntityInput = z.object({ type: Name, id: Name, properties })

/** One whose id is looked for: what is given as its id is ignored. */
export const OpenEntity = z.object({ type: Name, properties })

export const ActionInput = z.object({ name: Name, properties: Attributes.exactOptional() })

export const context = Attributes.default({})
