import type { IncomingMessage } from 'node:http'

export type Fields = Readonly<Record<string, string | undefined>>

/** Bytes; much more than anybody types. */
const LONGEST = 8 * 1024

/**
 * The texts of a JSON body; undefined for anything else. Only `application/json`: a form of another site cannot send
 * that with the person's cookie.
 */
export const readFields = async (request: IncomingMessage): Promise<Fields | undefined> => {
  if (request.headers['content-type']?.split(';')[0]?.trim() !== 'application/json') return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > LONGEST) return undefined
    chunks.push(chunk)
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
    return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value === 'string'))
  } catch {
    return undefined
  }
}
