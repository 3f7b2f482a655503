import { authorize } from '../api/access/caller.ts'
import { accessOperations } from '../api/access/index.ts'
import { accessMetadata, METADATA_PATH } from '../api/access/metadata.ts'
import { requestId } from '../api/access/request-id.ts'
import { verifyAccessToken } from '../api/access-token.ts'
import { api, apiPattern } from '../api/app.ts'
import type { BearerParts } from '../api/bearer.ts'
import type { Foundation } from '../build.ts'
import { evaluation } from '../domain/access/evaluation.ts'
import { findSubject } from '../domain/access/inquiry.ts'
import { search } from '../domain/access/search.ts'
import { baseHeaders } from '../http/headers.ts'
import type { Part } from '../http/part.ts'

export interface AccessApi {
  part: Part
  /** The pattern of a path of it, for log and metrics. */
  pattern(path: string): string | undefined
}

const PREFIX = '/access/'

/** Answers services that ask who may do what: the AuthZEN Authorization API. */
export const openAccessApi = (
  foundation: Foundation,
  { publicJwks }: { publicJwks: BearerParts['jwks'] },
): AccessApi => {
  const { config, access, secure, log } = foundation
  const { issuer } = config
  const operations = accessOperations({
    ...openDecisions(foundation),
    authorize: authorize({
      verify: verifyAccessToken({
        jwks: publicJwks,
        issuer,
        audience: access.builtIns['@access'],
        now: foundation.now,
      }),
      access,
      clientExistedAt: foundation.clients.existedAt,
    }),
  })
  const headers = baseHeaders({ secure, isMachine: () => true })
  const metadata = accessMetadata(issuer)
  const calls = api({
    operations,
    prefix: PREFIX,
    about: 'Decisions about who may do what, as the AuthZEN Authorization API 1.0 says.',
    issuer,
    corsOrigins: [],
    headers: (ctx, next) => requestId(ctx, () => headers(ctx, next)),
    log,
  })
  const pattern = apiPattern(operations, PREFIX)
  return {
    part: (request, response) => metadata(request, response) || calls(request, response),
    pattern: (path) => (path === METADATA_PATH ? path : pattern(path)),
  }
}

/** The decision and the search, for everybody who asks by AuthZEN's words. */
export const openDecisions = ({ store, access, clients, now }: Foundation) => {
  const find = findSubject({ accounts: store.accounts, access, client: clients.permissions })
  return {
    evaluate: evaluation({ access, find, now }),
    search: search({
      access,
      accounts: store.accounts,
      clientIds: async () => (await store.clients.list()).map(({ clientId }) => clientId),
      find,
      now,
    }),
  }
}
