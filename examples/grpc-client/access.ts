import { readFileSync } from 'node:fs'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { accessToken } from './access-token.ts'
import type { Settings } from './settings.ts'

/** May the user do this to the record? */
export interface Question {
  /** A sub, or a verified e-mail address. */
  user: string
  permission: string
  record: string
}

export interface Access {
  /** Decisions in the order of the questions. Rejects when they cannot be had: then nothing is allowed. */
  decide(questions: readonly Question[]): Promise<boolean[]>
  close(): void
}

/** Milliseconds for an answer. A call without a deadline may wait for ever. */
const DEADLINE = 2000

/** Asking again is safe: a decision changes nothing. */
const RETRIES = JSON.stringify({
  methodConfig: [
    {
      name: [{ service: 'gatehouse.v1.Access' }],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.1s',
        maxBackoff: '1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
})

/** Asks Gatehouse who may do what. */
export const openAccess = (settings: Settings): Access => {
  const method = evaluateBatch(settings.protoFolder)
  const { caFile, address } = settings
  const security = caFile ? credentials.createSsl(readFileSync(caFile)) : credentials.createInsecure()
  const client = new Client(address, security, { 'grpc.service_config': RETRIES })
  const token = accessToken(settings)

  const call = (request: object, metadata: Metadata): Promise<object> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        { deadline: Date.now() + DEADLINE },
        (error, answer) => (error ? reject(error) : resolve(answer ?? {})),
      )
    })

  return {
    async decide(questions) {
      const metadata = new Metadata()
      metadata.set('authorization', `Bearer ${await token()}`)
      const evaluations = questions.map(({ user, permission, record }) => ({
        subject: { type: 'user', id: user },
        action: { name: permission },
        resource: { type: 'record', id: record },
      }))
      return decisionsOf(await call({ evaluations }, metadata), questions.length)
    },
    close: () => client.close(),
  }
}

const evaluateBatch = (folder: string) => {
  const definitions = loadSync('gatehouse/v1/access.proto', {
    includeDirs: [folder],
    keepCase: true,
    defaults: true,
  })
  const service = definitions['gatehouse.v1.Access']
  const method = service && !('format' in service) ? service.EvaluateBatch : undefined
  if (!method) throw new Error('access.proto has no EvaluateBatch')
  return method
}

const decisionsOf = (answer: object, count: number): boolean[] => {
  const evaluations = 'evaluations' in answer && Array.isArray(answer.evaluations) ? answer.evaluations : []
  if (evaluations.length !== count) throw new Error('not as many decisions as questions')
  return evaluations.map((evaluation: { decision?: unknown }) => evaluation.decision === true)
}
