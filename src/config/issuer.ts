import { z } from 'zod'

/** Whether the address can be reached from this machine only (RFC 6761 §6.3, RFC 8252 §8.3). */
export const isLoopback = (address: string): boolean => {
  if (!URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

const isWeb = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

const isSecure = (text: string): boolean => new URL(text).protocol === 'https:' || isLoopback(text)

const isBare = (text: string): boolean => {
  const { username, password, search, hash } = new URL(text)
  return [username, password, search, hash].every((part) => part === '')
}

/** RFC 8414 §2: an https URL without query and fragment, compared by characters. */
export const issuer = () => ({
  words: 'https address without a path (http on a loopback address only)',
  schema: z
    .string()
    .refine(isWeb, { abort: true, error: 'an absolute address such as https://id.example.com' })
    .refine(isSecure, { abort: true, error: 'https; http is for loopback addresses only' })
    .refine(isBare, { abort: true, error: 'an address without user name, query and fragment' })
    .refine((text) => new URL(text).pathname === '/', {
      abort: true,
      error: 'an address without a path: in this release the server answers at the root of a host',
    })
    .refine((text) => new URL(text).origin === text, {
      error: ({ input }) => `the same address written as ${new URL(String(input)).origin}`,
    }),
})
