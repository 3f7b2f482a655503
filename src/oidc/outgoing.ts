import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { Configuration } from 'oidc-provider'

type Fetch = NonNullable<Configuration['fetch']>

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const listOf = (ranges: string[]): BlockList => {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    if (prefix === undefined) list.addAddress(address, family(address))
    else list.addSubnet(address, Number(prefix), family(address))
  }
  return list
}

/**
 * Outgoing requests of the engine (`jwks_uri`, back-channel logout). Its dispatcher refuses special-use addresses
 * (SSRF); it is set aside only for hosts all of whose addresses the operator has listed.
 *
 * @param allow addresses and CIDR ranges, `OUTBOUND_ALLOW`
 */
export const outgoing = (allow: string[]): Fetch => {
  const list = listOf(allow)
  return async (url, options) => {
    const target = url instanceof Request ? url.url : url
    if (!options || allow.length === 0 || !(await isListed(target, list))) return fetch(url, options)
    const { dispatcher, ...rest }: RequestInit & { dispatcher?: unknown } = options
    return fetch(url, rest)
  }
}

const isListed = async (url: string | URL, list: BlockList): Promise<boolean> => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) ? [{ address: host }] : await lookup(host, { all: true })
  return addresses.length > 0 && addresses.every(({ address }) => list.check(address, family(address)))
}
