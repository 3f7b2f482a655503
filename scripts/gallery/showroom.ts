import { createServer } from 'node:http'
import { join } from 'node:path'
import Router from '@koa/router'
import { catalogue, type ErrorCode, refuse } from '../../src/errors.ts'
import { errors } from '../../src/http/errors.ts'
import { i18n } from '../../src/i18n.ts'
import { pagesApp } from '../../src/pages/app.ts'
import { pageAssets } from '../../src/pages/assets.ts'
import { pageCatalogues } from '../../src/pages/catalogues.ts'
import { askerView } from '../../src/pages/display.ts'
import { errorPage } from '../../src/pages/error-page.ts'
import { language } from '../../src/pages/language.ts'
import { renderer } from '../../src/pages/render.ts'

export interface Showroom {
  origin: string
  stop(): Promise<void>
}

const VIEWS = join(import.meta.dirname, '../../views')

const openPages = () => {
  const texts = i18n(pageCatalogues(VIEWS))
  const assets = pageAssets(VIEWS, { accent: '#0c6a5b', logo: undefined })
  const render = renderer({ viewsDir: VIEWS, i18n: texts, assetUrl: assets.url, logo: assets.logo })
  const requestIdOf = () => '7b0c9f52e1d84a36'
  return { render, language: language({ i18n: texts, secure: false }), assets, now: Date.now, requestIdOf }
}

/** Registered itself, and its name has a direction override. */
const stranger = askerView({
  clientId: 'paperboat',
  name: 'Paperboat \u202eevif',
  homePage: 'https://paperboat-notes.example',
  host: 'paperboat-notes.example',
  logoUri: undefined,
  policyUri: undefined,
  tosUri: undefined,
  firstParty: false,
  selfRegistered: true,
})

const isCode = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(catalogue, code)

const routes = ({ render, language }: ReturnType<typeof openPages>): Router =>
  new Router()
    .get('/error/:code', ({ params: { code } }) => {
      throw refuse(isCode(code) ? code : 'not_found', { retryAfter: 300 })
    })
    .get('/confirm-registration', (ctx) => {
      const locals = { notice: undefined, csrf: '', token: '', email: 'kim.larsen@example.com', faults: {} }
      render(ctx, 'confirm-registration', locals, { words: language.of(ctx), here: '/confirm-registration' })
    })
    .get('/confirm-address', (ctx) => {
      const [from, to] = [
        'kim.larsen@example.com',
        'kim.larsen-of-the-old-harbour@sprawling-department.example',
      ]
      const locals = { notice: undefined, csrf: '', token: '', from, to, asksPassword: true, faults: {} }
      render(ctx, 'confirm-address', locals, { words: language.of(ctx), here: '/confirm-address' })
    })
    .get('/consent', (ctx) => {
      const words = language.of(ctx)
      const openid = { scope: 'openid', summary: words.t('scope.openid'), more: words.t('scopeMore.openid') }
      const locals = {
        asker: stranger,
        notice: undefined,
        person: { label: 'kim.larsen@example.com', initial: 'K' },
        scopes: [{ ...openid, icon: 'card', permission: undefined }],
        csrf: '',
        action: '/consent',
      }
      render(ctx, 'consent', locals, { words, here: '/consent' })
    })

/** The pages of faults that a healthy server does not show, and of applications that this release does not admit. */
export const startShowroom = async (): Promise<Showroom> => {
  const pages = openPages()
  const answer = errorPage(pages)
  const quiet = { info: () => undefined, error: () => undefined }
  const before = [errors({ log: quiet, answer }), pages.assets.middleware, pages.language.choice]
  const server = createServer(pagesApp({ before, routers: [routes(pages)] }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the showroom has no port')
  return {
    origin: `http://localhost:${address.port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
