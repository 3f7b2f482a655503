import { createHash } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'

export interface RangeServer {
  /** For `BREACHED_PASSWORDS_URL`. */
  url: string
  /** What was asked: path and headers. */
  asked: { path: string; headers: Record<string, unknown> }[]
  /** Takes the place of the usual answer from now on; undefined brings it back. */
  answerWith(listener: RequestListener | undefined): void
  stop(): Promise<void>
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase()

/** Lines as padding adds them: hashes that nobody has seen. */
const padding = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${sha1(`padding ${at}`).slice(5)}:0`)

/**
 * A stand-in for the range API of Have I Been Pwned, which tests do not reach: it knows these passwords as stolen, and
 * has others as padding only.
 */
export const startRangeServer = async (known: {
  stolen: readonly string[]
  padded?: readonly string[]
}): Promise<RangeServer> => {
  const lines = [
    ...known.stolen.map((password) => [sha1(password), 3] as const),
    ...(known.padded ?? []).map((password) => [sha1(password), 0] as const),
  ]
  const asked: RangeServer['asked'] = []
  let other: RequestListener | undefined
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, headers: request.headers })
    if (other) return other(request, response)
    const prefix = path.split('/').at(-1) ?? ''
    const found = lines
      .filter(([hash]) => hash.startsWith(prefix))
      .map(([hash, count]) => `${hash.slice(5)}:${count}`)
    response.end([...padding(800), ...found].join('\r\n'))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/range/`,
    asked,
    answerWith: (listener) => {
      other = listener
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
