import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { z } from 'zod'
import type { ImportAccount, ImportOptions } from '../../../domain/administration/account-import.ts'
import { AccountInput } from '../../../domain/seed/schema.ts'
import { Refusal, refuse } from '../../../errors.ts'
import { readBody } from '../../../http/input.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { hasPrototype } from '../input.ts'
import { adminOperation, noBody } from '../operation.ts'
import type { AdminParts } from '../parts.ts'
import { Flag } from '../removal.ts'
import { inChunks, type Line, linesOf } from './lines.ts'
import { LineReport, refusedLine, reported } from './report.ts'

export interface ImportParts extends Pick<AdminParts, 'gate'> {
  importAccount: ImportAccount
  /** Network address of the client. */
  addressOf(ctx: Context): string
}

/** Bytes. It is taken whole before the first line is done: who sends need not read at the same time. */
const IMPORT_LIMIT = 16 * 1024 * 1024
const AT_ONCE = 8
/** Seconds. */
const RETRY_AFTER = 30

const Query = z.strictObject({
  /** Tells what would become of each line and writes nothing. */
  dry_run: Flag,
})

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Undefined for what is no JSON. */
const jsonOf = (bytes: Buffer): unknown => {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return hasPrototype(value) ? undefined : value
  } catch {
    return undefined
  }
}

const textOf = (reports: readonly LineReport[]): string =>
  reports.map((report) => `${JSON.stringify(report)}\n`).join('')

export const importAccounts = (parts: ImportParts): Operation => {
  // A body is kept in memory, so one at a time.
  let isRunning = false

  const done = async ({ number, bytes }: Line, options: ImportOptions): Promise<LineReport> => {
    if (!bytes) return refusedLine(number, 'too_large')
    const input = jsonOf(bytes)
    if (input === undefined) return refusedLine(number, 'bad_request')
    return reported(number, await parts.importAccount(input, options))
  }

  /** Ends with the first line that could not be done for reasons of the server; the rest is for another time. */
  const reports = async function* (body: Buffer, options: ImportOptions): AsyncGenerator<string> {
    try {
      for (const chunk of inChunks(linesOf(body), AT_ONCE)) {
        const outcomes = await Promise.allSettled(chunk.map((line) => done(line, options)))
        const failed = outcomes.findIndex(({ status }) => status === 'rejected')
        const good = failed < 0 ? outcomes : outcomes.slice(0, failed)
        const text = textOf(good.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
        if (failed < 0) {
          yield text
          continue
        }
        const outcome = outcomes[failed]
        const reason: unknown = outcome?.status === 'rejected' ? outcome.reason : undefined
        // Nothing is answered yet: the answer can still be the problem.
        if (chunk[0]?.number === 1 && failed === 0) throw reason
        const code = reason instanceof Refusal ? reason.code : 'internal'
        yield text + textOf([refusedLine(chunk[failed]?.number ?? 0, code)])
        return
      }
    } finally {
      isRunning = false
    }
  }

  return adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/import',
    summary:
      'Takes over accounts with their roles, one on each line in the form of `SEED_FILE`, and reports on each line; the same again changes nothing',
    scope: 'accounts:write',
    query: Query,
    body: noBody,
    line: AccountInput,
    success: { status: 200, description: 'What became of each line', schema: LineReport },
    problems: [],
    async handle({ ctx, actor, query }): Promise<Readable> {
      if (!ctx.is('application/x-ndjson') || !['', 'identity'].includes(ctx.get('content-encoding')))
        throw new Problem('unsupported_media_type')
      if (isRunning) throw refuse('busy', { retryAfter: RETRY_AFTER })
      isRunning = true
      const lines = await readBody(ctx, IMPORT_LIMIT)
        .then((body) => begun(reports(body, optionsOf(ctx, actor, query.dry_run))))
        .catch((error: unknown) => {
          isRunning = false
          throw error
        })
      ctx.type = 'application/x-ndjson'
      return lines
    },
  })

  function optionsOf(ctx: Context, actor: ImportOptions['actor'], dryRun: boolean): ImportOptions {
    return { actor, address: parts.addressOf(ctx), dryRun }
  }
}

/**
 * Waits for the first piece, whose failure is still a problem of its own. What follows is made as it is read; a caller
 * who goes away ends it.
 */
const begun = async (pieces: AsyncGenerator<string>): Promise<Readable> => {
  const { value, done } = await pieces.next()
  const all = async function* () {
    if (done !== true) yield value
    yield* pieces
  }
  const stream = Readable.from(all())
  stream.once('close', () => void pieces.return(undefined))
  return stream
}
