import { isIP } from 'node:net'

/**
 * The part of a network address that one customer has: an IPv4 address whole (also in its IPv6 form,
 * RFC 4291 §2.5.5.2), of IPv6 the first 64 bits. What is no
 * address shares one bucket: it is never a way around a limit.
 */
export const addressPrefix = (address: string): string => {
  const [text = ''] = address.split('%')
  const version = isIP(text)
  if (version === 0) return 'unknown'
  if (version === 4) return text
  const groups = groupsOf(text)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  const octets = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff])
  const network = groups.slice(0, 4).map((group) => group.toString(16))
  return isMapped ? octets.join('.') : `${network.join(':')}::/64`
}

/** The eight groups of an IPv6 address; a URL writes every spelling in one way (RFC 5952). */
const groupsOf = (ipv6: string): number[] => {
  const [head = [], tail = []] = new URL(`http://[${ipv6}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))))
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}
