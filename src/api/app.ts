import Koa, { type Context, type Middleware } from 'koa'
import type { Log } from '../domain/observe.ts'
import { Refusal, refuse } from '../errors.ts'
import { REQUEST_ID } from '../http/edge.ts'
import { type Part, pathOf } from '../http/part.ts'
import { cors } from './cors.ts'
import { openApi } from './openapi.ts'
import { type Operation, successesOf } from './operation.ts'
import { type Found, type PathValues, pathFinder } from './paths.ts'
import { answerProblem, isProblemCode, Problem, problems } from './problem.ts'

export interface ApiParts {
  operations: readonly Operation[]
  /** Path that all operations stand below, `/auth/` by default; its OpenAPI document is `openapi.json` there. */
  prefix?: string
  /** A sentence that says what they are for. */
  about?: string
  /** Path below the prefix that is a page, for another part. */
  page?: string
  issuer: string
  /** Origins whose scripts may call. */
  corsOrigins: readonly string[]
  /** Headers of every answer. */
  headers: Middleware
  log: Pick<Log, 'error'>
}

const PREFIX = '/auth/'

const documentBelow = (prefix: string): string => `${prefix}openapi.json`

/** The patterns of the API, as log and metrics name its paths; undefined for any other. */
export const apiPattern = (operations: readonly Pick<Operation, 'path' | 'isEncoded'>[], prefix = PREFIX) => {
  const find = pathFinder([{ path: documentBelow(prefix) }, ...operations])
  return (path: string): string | undefined => find(path)?.pattern
}

/** Everything below a prefix: JSON in and out, no cookies, problems as RFC 9457 says. */
export const api = (parts: ApiParts): Part => {
  const { operations, prefix = PREFIX, about, page, issuer, corsOrigins, headers, log } = parts
  const app = new Koa()
  // The edge has written the headers of a proxy itself.
  app.proxy = true
  const document = openApi(operations, { issuer, about })
  const find = pathFinder(operations)
  app.use(headers)
  app.use(answerProblems(log))
  app.use(cors(corsOrigins, [...new Set(operations.map(({ method }) => method))]))
  app.use(async (ctx) => {
    if (ctx.path === documentBelow(prefix)) return serve(ctx, document)
    await call(ctx, find(ctx.path))
  })
  const handle = app.callback()
  return (request, response) => {
    const path = pathOf(request)
    if (!path.startsWith(prefix) || path === page) return false
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

const call = async (ctx: Context, found: Found<Operation> | undefined): Promise<void> => {
  if (!found) throw new Problem('not_found')
  const { there, values } = found
  const operation = there.find(({ method }) => method === ctx.method)
  if (!operation) {
    const methods = there.map(({ method }) => method)
    return refuseMethod(ctx, methods)
  }
  const [usual, ...others] = successesOf(operation)
  ctx.status = usual.status
  const body = await operation.handle(ctx, pathInput(operation, values))
  if (![usual, ...others].some(({ status }) => status === ctx.status)) {
    throw new TypeError(`${operation.path} is not documented to answer ${ctx.status}`)
  }
  if (body !== undefined) ctx.body = body
  else if (ctx.status !== 204) answerNothing(ctx)
}

const pathInput = ({ params }: Operation, values: PathValues): unknown => {
  const parsed = params?.safeParse(values)
  if (parsed?.success === false) throw new Problem('not_found')
  return parsed?.data
}

/** Koa would write the name of the status. */
const answerNothing = (ctx: Context): void => {
  ctx.body = ''
  ctx.remove('Content-Type')
}

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
