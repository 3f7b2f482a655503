import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'

/** Fills a template. Its locals are one named object, `it`, that we build: never anything from a request. */
export type Template = (it: object) => string

/**
 * Compiles every `.ejs` of a folder, so that a broken template stops the start and no request waits for a file.
 *
 * @returns by path without extension, such as `sign-in` or `parts/notice`
 */
export const compileTemplates = (folder: string): ReadonlyMap<string, Template> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ejs'))
      .map((file) => {
        const source = readFileSync(join(folder, file), 'utf8')
        const compiled = ejs.compile(source, { filename: file, strict: true, localsName: 'it', async: false })
        return [file.slice(0, -'.ejs'.length).replaceAll('\\', '/'), compiled]
      }),
  )
