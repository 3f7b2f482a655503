import Koa, { type Context, type Middleware } from 'koa'
import type { Log } from '../domain/observe.ts'
import { Refusal, refuse } from '../errors.ts'
import { REQUEST_ID } from '../http/edge.ts'
import { type Part, pathOf } from '../http/part.ts'
import { cors } from './cors.ts'
import { openApi } from './openapi.ts'
import type { Operation } from './operation.ts'
import { answerProblem, Problem, type ProblemCode, problems } from './problem.ts'

export interface ApiParts {
  operations: readonly Operation[]
  issuer: string
  /** Origins whose scripts may call. */
  corsOrigins: readonly string[]
  /** Headers of every answer. */
  headers: Middleware
  log: Pick<Log, 'error'>
}

const PREFIX = '/auth/'
const DOCUMENT = '/auth/openapi.json'

/** The paths of the API, as log and metrics name them; undefined for any other. */
export const apiPattern = (operations: readonly Pick<Operation, 'path'>[]) => {
  const known = new Set<string>([DOCUMENT, ...operations.map(({ path }) => path)])
  return (path: string): string | undefined => (known.has(path) ? path : undefined)
}

/** Everything below `/auth/`: JSON in and out, no cookies, problems as RFC 9457 says. */
export const api = ({ operations, issuer, corsOrigins, headers, log }: ApiParts): Part => {
  const app = new Koa()
  // The edge has written the headers of a proxy itself.
  app.proxy = true
  const document = openApi(operations, { issuer })
  app.use(headers)
  app.use(answerProblems(log))
  app.use(cors(corsOrigins))
  app.use(async (ctx) => {
    if (ctx.path === DOCUMENT) return serve(ctx, document)
    await call(ctx, operations)
  })
  const handle = app.callback()
  return (request, response) => {
    if (!pathOf(request).startsWith(PREFIX)) return false
    void handle(request, response)
    return true
  }
}

const serve = (ctx: Context, document: object): void => {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') refuseMethod(ctx, ['GET', 'HEAD'])
  ctx.body = document
}

const refuseMethod = (ctx: Context, allowed: readonly string[]): never => {
  ctx.set('Allow', allowed.join(', '))
  throw new Problem('method_not_allowed')
}

const call = async (ctx: Context, operations: readonly Operation[]): Promise<void> => {
  const there = operations.filter(({ path }) => path === ctx.path)
  if (there.length === 0) throw new Problem('not_found')
  const operation = there.find(({ method }) => method === ctx.method)
  if (!operation)
    return refuseMethod(
      ctx,
      there.map(({ method }) => method),
    )
  const body = await operation.handle(ctx)
  ctx.status = operation.success.status
  if (body !== undefined) ctx.body = body
}

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)

const answerProblems =
  (log: ApiParts['log']): Middleware =>
  async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (error instanceof Problem) return answerProblem(ctx, error)
      const { code, retryAfter, cause } =
        error instanceof Refusal ? error : refuse('internal', { cause: error })
      if (problems[isProblemCode(code) ? code : 'internal'][0] >= 500)
        log.error(
          { requestId: ctx.get(REQUEST_ID), error: code, err: cause },
          'a request could not be answered',
        )
      answerProblem(ctx, { code: isProblemCode(code) ? code : 'internal', retryAfter })
    }
  }
