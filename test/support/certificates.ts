import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newHome } from './home.ts'
import { isOnPath } from './services/on-path.ts'

/** Why no certificates can be made here; undefined if they can. */
export const noCertificates: string | undefined = isOnPath('openssl')
  ? undefined
  : 'there is no openssl on PATH, which makes the certificates'

export interface Certificate {
  /** Paths of PEM files. */
  cert: string
  key: string
  read(): { cert: Buffer; key: Buffer }
}

/** A certificate for `localhost`, good for two days; signed by itself, or by another one. */
export const makeCertificate = (name: string, issuer?: Certificate): Certificate => {
  const folder = newHome()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync(
    'openssl',
    [
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
      issuer ? ['-CA', issuer.cert, '-CAkey', issuer.key] : [],
    ].flat(),
    { stdio: 'pipe' },
  )
  return { cert, key, read: () => ({ cert: readFileSync(cert), key: readFileSync(key) }) }
}
