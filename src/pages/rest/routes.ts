import Router from '@koa/router'
import type { PageParts } from '../parts.ts'
import { restView } from './document.ts'

export const REST_DOCS_PATH = '/auth/docs'

/** The REST API for people who read. @param parts.document OpenAPI 3.1, as it is served */
export const restDocsRoutes = ({ render, language, document }: PageParts & { document: object }): Router => {
  const view = restView(document)
  return new Router({ strict: true, sensitive: true }).get(REST_DOCS_PATH, (ctx) =>
    render(ctx, 'rest-docs', view, { words: language.of(ctx), here: REST_DOCS_PATH }),
  )
}
