import { z } from 'zod'
import { jsonInput } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import { ActionInput, context, EntityInput, OpenEntity } from './entities.ts'
import { PageInput, PageOutput, paging } from './page.ts'
import type { AccessApiParts } from './parts.ts'

const page = PageInput.exactOptional()

const SubjectSearch = z.object({
  subject: OpenEntity,
  action: ActionInput,
  resource: EntityInput,
  context,
  page,
})
const ResourceSearch = z.object({
  subject: EntityInput,
  action: ActionInput,
  resource: OpenEntity,
  context,
  page,
})
const ActionSearch = z.object({ subject: EntityInput, resource: EntityInput, context, page })

const Found = z.object({ type: z.string(), id: z.string() })
const FoundAction = z.object({ name: z.string() })
/** Whether any other resource of the type, with these properties, is allowed as well: nobody can list them. */
const ResourceContext = z.object({ all_of_type: z.boolean() })

const common = { method: 'POST', needsToken: true, problems: ['insufficient_scope'] } as const

/** AuthZEN Authorization API 1.0 §8.4. */
export const subjectSearch = ({ search, authorize }: AccessApiParts): Operation => ({
  ...common,
  path: '/access/v1/search/subject',
  summary: 'Finds the people or clients who may do something to a resource',
  body: SubjectSearch,
  success: {
    status: 200,
    description: 'A page of subjects, in order of their ids',
    schema: z.object({ page: PageOutput, results: z.array(Found) }),
  },
  async handle(ctx) {
    await authorize(ctx)
    const { page: asked, ...wanted } = await jsonInput(ctx, SubjectSearch)
    const { options, told } = paging(asked, wanted)
    const found = await search.subjects({ ...wanted, action: wanted.action.name }, options)
    const { type } = wanted.subject
    return { page: told(found), results: found.found.map((id) => ({ type, id })) }
  },
})

/** AuthZEN Authorization API 1.0 §8.5. */
export const resourceSearch = ({ search, authorize }: AccessApiParts): Operation => ({
  ...common,
  path: '/access/v1/search/resource',
  summary: 'Finds the APIs, or the things named by assignments, to which a subject may do something',
  body: ResourceSearch,
  success: {
    status: 200,
    description: 'A page of resources, in order of their ids',
    schema: z.object({ page: PageOutput, context: ResourceContext, results: z.array(Found) }),
  },
  async handle(ctx) {
    await authorize(ctx)
    const { page: asked, ...wanted } = await jsonInput(ctx, ResourceSearch)
    const { options, told } = paging(asked, wanted)
    const found = await search.resources({ ...wanted, action: wanted.action.name }, options)
    const { type } = wanted.resource
    return {
      page: told(found),
      context: { all_of_type: found.everyThing },
      results: found.found.map((id) => ({ type, id })),
    }
  },
})

/** AuthZEN Authorization API 1.0 §8.6. */
export const actionSearch = ({ search, authorize }: AccessApiParts): Operation => ({
  ...common,
  path: '/access/v1/search/action',
  summary: 'Finds what a subject may do to a resource',
  body: ActionSearch,
  success: {
    status: 200,
    description: 'A page of actions, in order of their names',
    schema: z.object({ page: PageOutput, results: z.array(FoundAction) }),
  },
  async handle(ctx) {
    await authorize(ctx)
    const { page: asked, ...wanted } = await jsonInput(ctx, ActionSearch)
    const { options, told } = paging(asked, wanted)
    const found = await search.actions(wanted, options)
    return { page: told(found), results: found.found.map((name) => ({ name })) }
  },
})
