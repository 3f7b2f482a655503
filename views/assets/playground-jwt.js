// Reads and checks JSON Web Tokens (RFC 7515, RFC 7519) with what a browser has built in.

const ALGORITHMS = {
  ES256: { key: { name: 'ECDSA', namedCurve: 'P-256' }, signature: { name: 'ECDSA', hash: 'SHA-256' } },
  RS256: { key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, signature: { name: 'RSASSA-PKCS1-v1_5' } },
}

const bytesOf = (base64url) =>
  Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
const objectOf = (base64url) =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(base64url)))

/**
 * @param {string} token
 * @returns {{ header: object, claims: object, parts: string[] } | undefined} undefined for a token that is not a JWT
 */
export const decode = (token) => {
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  try {
    return { header: objectOf(parts[0]), claims: objectOf(parts[1]), parts }
  } catch {
    return undefined
  }
}

/**
 * Checks a signature. Only algorithms of the list above count: the token itself must not choose how it is checked
 * (RFC 8725 §3.1).
 *
 * @param {{ header: object, parts: string[] }} jwt what `decode` returned
 * @param {{ keys: JsonWebKey[] }} jwks the published keys
 * @returns {Promise<boolean>} false if the key is not published, does not fit, or the signature is wrong
 */
export const isSigned = async ({ header, parts }, jwks) => {
  const algorithm = Object.hasOwn(ALGORITHMS, header.alg) ? ALGORITHMS[header.alg] : undefined
  const jwk = jwks.keys.find(({ kid, alg }) => kid === header.kid && (alg ?? header.alg) === header.alg)
  if (!algorithm || !jwk) return false
  try {
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm.key, false, ['verify'])
    const signed = new TextEncoder().encode(`${parts[0]}.${parts[1]}`)
    return await crypto.subtle.verify(algorithm.signature, key, bytesOf(parts[2]), signed)
  } catch {
    return false
  }
}
