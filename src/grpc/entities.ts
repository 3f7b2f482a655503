import { z } from 'zod'
import { attributesOf } from './attributes.ts'
import { text } from './input.ts'

/** Characters; longer than any id or name that there can be. */
const LONGEST = 1024

const Name = text(LONGEST)

const Attributes = z.unknown().transform(attributesOf)

const EntityInput = z.object({ type: Name, id: Name, properties: Attributes.default({}) })

const ActionInput = z.object({ name: Name })

/** The members of an evaluation, none of which has to be there. */
export const EvaluationInput = z.object({
  subject: EntityInput.exactOptional(),
  action: ActionInput.exactOptional(),
  resource: EntityInput.exactOptional(),
  context: Attributes.exactOptional(),
})
type Given = z.output<typeof EvaluationInput>
export type EvaluationInput = { [Member in keyof Given]: Given[Member] | undefined }
