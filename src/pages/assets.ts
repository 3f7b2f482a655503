import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { readAssets, type StaticFiles, staticFiles } from '../http/static-files.ts'

export interface Brand {
  /** A CSS colour, such as `#0c6a5b`; parsed by the configuration. */
  accent: string
  /** Path of an SVG, PNG, JPEG or WebP file; undefined shows the mark. */
  logo: string | undefined
}

export interface PageAssets extends StaticFiles {
  /** File name of the logo among the assets. */
  logo: string | undefined
}

const MARK_ACCENT = '#0c6a5b'

/**
 * The style, script and pictures of the pages, with the brand: the accent is a stylesheet of its own, so that the
 * policy of the pages needs no inline style.
 *
 * @throws Error if the logo cannot be read
 */
export const pageAssets = (viewsDir: string, { accent, logo }: Brand): PageAssets => {
  const files = readAssets(join(viewsDir, 'assets'))
  const mark = files['mark.svg']?.toString().replace(MARK_ACCENT, accent) ?? ''
  const logoName = logo === undefined ? undefined : `logo${extname(logo).toLowerCase()}`
  const assets = staticFiles({
    ...files,
    'mark.svg': Buffer.from(mark),
    'accent.css': Buffer.from(`:root { --accent: ${accent} }\n`),
    ...(logo === undefined || logoName === undefined ? {} : { [logoName]: readFileSync(logo) }),
  })
  return { ...assets, logo: logoName }
}
