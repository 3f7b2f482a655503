import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { api, asker, read, user } from '../flows/authzen-subject.ts'
import { type GrpcSubject, startSubject } from '../flows/grpc-subject.ts'
import { scaleSettings } from '../support/deployment.ts'
import { grpcClient } from '../support/grpc-client.ts'
import { newHome } from '../support/home.ts'
import { startServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'

const EVALUATE = 'gatehouse.v1.Access/Evaluate'
const question = { subject: user('reader'), action: read, resource: api() }

describe.skipIf(!services())('gRPC with WORKERS=2', () => {
  let at: GrpcSubject
  let token: string
  beforeAll(async () => {
    const home = newHome()
    at = await startSubject({ ...scaleSettings(home), WORKERS: '2', LOG_LEVEL: 'debug' }, (options) =>
      startServer({ ...options, home }),
    )
    token = await at.tokenOf(asker, 'access', 'access:evaluate')
  })
  afterAll(() => at?.stop())

  const lines = (message: string): { pid: number }[] =>
    at.server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line): { pid: number; msg: string } => JSON.parse(line))
      .filter(({ msg }) => msg === message)
  const workers = (message: string): number[] => [...new Set(lines(message).map(({ pid }) => pid))].sort()

  it('shares one port: connections go to the workers in turn', async () => {
    // A worker that is busy is passed over, so two connections may meet the same one.
    const bothHaveAnswered = async (): Promise<void> => {
      const client = grpcClient(at.server.grpcPorts[0] ?? 0)
      expect((await client.call(EVALUATE, question, { token })).body).toEqual({ decision: true })
      client.close()
      expect(workers('call')).toHaveLength(2)
    }
    await vi.waitFor(bothHaveAnswered, 10_000)
  })

  it('loses no call while the workers are replaced', async () => {
    const client = grpcClient(at.server.grpcPorts[0] ?? 0)
    const codes: string[] = []
    const load = new AbortController()
    const calling = (async () => {
      while (!load.signal.aborted) codes.push((await client.call(EVALUATE, question, { token })).code)
    })()
    const former = workers('ready')
    process.kill(at.server.pid, 'SIGHUP')
    await vi.waitFor(() => expect(workers('ready').length).toBe(former.length + 2), 20_000)
    await sleep(2000)
    load.abort()
    await calling
    client.close()
    expect(codes.length).toBeGreaterThan(100)
    expect(new Set(codes)).toEqual(new Set(['OK']))
  })

  it('ends with 0 at SIGTERM, and then nobody is there', async () => {
    expect(await at.server.stop()).toBe(0)
    expect((await at.call(EVALUATE, question, { token, deadline: 2000 })).code).toBe('UNAVAILABLE')
  })
})
