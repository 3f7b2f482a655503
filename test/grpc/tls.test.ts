import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { credentials } from '@grpc/grpc-js'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Certificate, makeCertificate, noCertificates } from '../support/certificates.ts'
import { grpcClient } from '../support/grpc-client.ts'
import { newHome } from '../support/home.ts'
import { arrangeGrpc, CHECK, EVALUATE, good, question } from './arrange.ts'

if (noCertificates !== undefined) console.warn(`Skipped TLS of gRPC: ${noCertificates}`)

let at: Awaited<ReturnType<typeof arrangeGrpc>> | undefined
afterEach(async () => {
  await at?.end()
  at = undefined
})

describe.skipIf(noCertificates !== undefined)('TLS', () => {
  let server: Certificate
  let authority: Certificate
  let friend: Certificate
  beforeAll(() => {
    server = makeCertificate('localhost')
    authority = makeCertificate('authority')
    friend = makeCertificate('friend', authority)
  })

  const codeWith = async (security: ReturnType<typeof credentials.createSsl>): Promise<string> => {
    const client = grpcClient(at?.port ?? 0, security)
    const { code } = await client.call(EVALUATE, question, { ...good, deadline: 5000 })
    client.close()
    return code
  }

  it('answers who trusts its certificate, and nobody in plain text', async () => {
    at = await arrangeGrpc({ tls: { cert: server.cert, key: server.key, clientCa: undefined } })
    expect(await codeWith(credentials.createSsl(server.read().cert))).toBe('OK')
    expect(await codeWith(credentials.createSsl())).toBe('UNAVAILABLE')
    expect((await at.client.call(CHECK, {}, { deadline: 2000 })).code).not.toBe('OK')
  })

  it('speaks nothing older than TLS 1.2', async () => {
    at = await arrangeGrpc({ tls: { cert: server.cert, key: server.key, clientCa: undefined } })
    const old = connect({
      port: at.port,
      host: 'localhost',
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const [error] = await once(old, 'error')
    expect(String(error)).toMatch(/protocol|alert|ECONNRESET/i)
  })

  it('mutual TLS: answers who shows a certificate of the authority, and nobody without or with another one', async () => {
    at = await arrangeGrpc({ tls: { cert: server.cert, key: server.key, clientCa: authority.cert } })
    const { cert: root } = server.read()
    const showing = ({ read }: Certificate) => credentials.createSsl(root, read().key, read().cert)
    expect(await codeWith(showing(friend))).toBe('OK')
    expect(await codeWith(credentials.createSsl(root))).toBe('UNAVAILABLE')
    expect(await codeWith(showing(makeCertificate('stranger')))).toBe('UNAVAILABLE')
  })

  it('is stopped in order as well', async () => {
    at = await arrangeGrpc({ tls: { cert: server.cert, key: server.key, clientCa: undefined } })
    expect(await codeWith(credentials.createSsl(server.read().cert))).toBe('OK')
    const started = performance.now()
    await at.server.stop({ delay: 0, timeout: 10 })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('refuses to start with a key of another certificate, and names the settings', async () => {
    const tls = { cert: server.cert, key: friend.key, clientCa: undefined }
    await expect(arrangeGrpc({ tls })).rejects.toThrow(
      /^GRPC_TLS_CERT, GRPC_TLS_KEY: cannot be used together: /,
    )
  })
})

it('refuses to start without the file, or with one that is no certificate, and names the setting', async () => {
  const made = join(newHome(), 'text.pem')
  writeFileSync(made, 'no certificate')
  const start = (cert: string) => arrangeGrpc({ tls: { cert, key: made, clientCa: undefined } })
  await expect(start('/nowhere/cert.pem')).rejects.toThrow('GRPC_TLS_CERT: cannot read /nowhere/cert.pem')
  await expect(start(made)).rejects.toThrow(/^GRPC_TLS_CERT, GRPC_TLS_KEY: cannot be used together: /)
})
