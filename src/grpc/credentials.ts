import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ServerCredentials } from '@grpc/grpc-js'

/** Paths of PEM files. */
export interface TlsFiles {
  cert: string
  key: string
  /** Authorities of the certificates that clients must show; undefined: they need none. */
  clientCa: string | undefined
}

/** Certificates that cannot be used; the message is a sentence for the operator. */
class CertificateFault extends Error {
  override readonly name = 'CertificateFault'
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const read = (setting: string, path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new CertificateFault(`${setting}: cannot read ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** @throws CertificateFault that names the setting */
export const credentials = (tls: TlsFiles | undefined): ServerCredentials => {
  if (!tls) return ServerCredentials.createInsecure()
  const cert = read('GRPC_TLS_CERT', tls.cert)
  const key = read('GRPC_TLS_KEY', tls.key)
  const ca = tls.clientCa === undefined ? undefined : read('GRPC_TLS_CLIENT_CA', tls.clientCa)
  try {
    createSecureContext({ cert, key, ...(ca && { ca }) })
  } catch (cause) {
    const settings = `GRPC_TLS_CERT, GRPC_TLS_KEY${ca ? ', GRPC_TLS_CLIENT_CA' : ''}`
    throw new CertificateFault(`${settings}: cannot be used together: ${reasonOf(cause)}`, { cause })
  }
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], ca !== undefined)
}
