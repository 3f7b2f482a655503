import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Middleware } from 'koa'
import { refuse } from '../errors.ts'

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
}

export interface StaticFiles {
  /** Answers GET and HEAD below `/assets/`; anything else goes on. */
  middleware: Middleware
  /**
   * The address of a file, with a hash of its content in it.
   *
   * @throws Error if there is no such file: a mistake of a template, found at its first test
   */
  url(name: string): string
}

interface Asset {
  content: Buffer
  type: string
  hash: string
}

const asset = (name: string, content: Buffer): Asset => {
  const type = TYPES[extname(name)]
  if (!type) throw new Error(`Do not know how to serve ${name}`)
  return { content, type, hash: hash('sha256', content, 'hex').slice(0, 12) }
}

/** The assets of a folder, by file name. */
export const readAssets = (folder: string): Record<string, Buffer> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))

/** `gatehouse.0a1b2c3d4e5f.css` is `gatehouse.css` at one moment of its history. */
const split = (path: string): { name: string; hash: string | undefined } => {
  const [, stem = path, version, extension = ''] = /^(.+)\.([0-9a-f]{12})(\.\w+)$/.exec(path) ?? []
  return { name: stem + extension, hash: version }
}

/**
 * Serves a few small files from memory. With the present hash they may be kept for ever; with an older one, which a
 * page of the previous release asks for during a rolling restart, they are served but not kept.
 *
 * @param contents by file name, such as `gatehouse.css`
 */
export const staticFiles = (contents: Readonly<Record<string, Buffer>>): StaticFiles => {
  const assets = new Map(Object.entries(contents).map(([name, content]) => [name, asset(name, content)]))
  return {
    url(name) {
      const found = assets.get(name)
      if (!found) throw new Error(`There is no asset ${name}`)
      const extension = extname(name)
      return `/assets/${name.slice(0, -extension.length)}.${found.hash}${extension}`
    },
    async middleware(ctx, next) {
      if (!ctx.path.startsWith('/assets/') || !['GET', 'HEAD'].includes(ctx.method)) return next()
      const asked = split(ctx.path.slice('/assets/'.length))
      const found = assets.get(asked.name)
      if (!found) throw refuse('not_found')
      ctx.status = 200
      ctx.set({
        'Cache-Control': asked.hash === found.hash ? 'public, max-age=31536000, immutable' : 'no-cache',
        'Cross-Origin-Resource-Policy': 'same-origin',
        ETag: `"${found.hash}"`,
      })
      ctx.type = found.type
      if (ctx.fresh) ctx.status = 304
      else ctx.body = found.content
    },
  }
}
