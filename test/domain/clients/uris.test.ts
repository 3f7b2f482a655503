import { describe, expect, it } from 'vitest'
import { redirectUriFault, suits, webUriFault } from '../../../src/domain/clients/uris.ts'

describe('takes as a redirect URI', () => {
  it.each([
    'https://shop.example/callback',
    'https://shop.example',
    'https://shop.example:8443/cb?tenant=a%2Fb',
    'https://shop.example/cb?codec=1&statement=2',
    'http://localhost:4000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:4000/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
  ])('%s', (uri) => {
    expect(redirectUriFault(uri)).toBeUndefined()
  })
})

describe('refuses as a redirect URI', () => {
  const cases: [string, string, RegExp][] = [
    ['a relative one', '/callback', /absolute/],
    ['a fragment', 'https://shop.example/cb#x', /fragment/],
    ['an empty fragment', 'https://shop.example/cb#', /fragment/],
    ['C-05 a wildcard host', 'https://*.shop.example/cb', /wildcard/],
    ['C-05 a wildcard path', 'https://shop.example/*', /wildcard/],
    ['C-06 a user name', 'https://localhost@evil.example/cb', /user name/],
    ['C-06 a user name in a private-use URI', 'com.example.app://user:word@host/cb', /user name/],
    ['C-06 dot segments', 'https://shop.example/a/../cb', /written as https:\/\/shop\.example\/cb/],
    ['C-06 encoded dot segments', 'https://shop.example/a/%2e%2e/cb', /written as/],
    ['C-07 an upper-case host', 'https://Shop.example/cb', /written as/],
    ['a default port', 'https://shop.example:443/cb', /written as/],
    ['an address in disguise', 'http://127.1/cb', /written as http:\/\/127\.0\.0\.1\/cb/],
    ['no slashes', 'https:shop.example/cb', /written as/],
    ['http on another host', 'http://shop.example/cb', /https/],
    ['http on a host that begins like a loopback one', 'http://localhost.evil.example/cb', /https/],
    ['a scheme without a dot', 'myapp:/callback', /dot/],
    ...['javascript', 'data', 'vbscript', 'file', 'blob', 'about'].map((scheme): [string, string, RegExp] => [
      `C-10 ${scheme}`,
      `${scheme}:alert(1)`,
      /https/,
    ]),
    ['C-10 mixed case', 'JaVaScRiPt:alert(1)', /https/],
    ['C-10 a tab inside', 'java\tscript:alert(1)', /printable/],
    ['C-10 a line break inside', 'java\nscript:alert(1)', /printable/],
    ['C-10 a blank before', ' javascript:alert(1)', /printable/],
    ['a line break', 'https://shop.example/cb\r\nx: y', /printable/],
    ['a backslash', 'https://shop.example\\@evil.example/cb', /backslash/],
    ['a letter beyond ASCII', 'https://shöp.example/cb', /ASCII/],
    ['10 kB', `https://shop.example/${'a'.repeat(10_000)}`, /2000/],
    ...['code', 'state', 'iss', 'error'].map((name): [string, string, RegExp] => [
      `C-08 ${name} in the query`,
      `https://shop.example/cb?a=1&${name}=x`,
      new RegExp(`"${name}"`),
    ]),
    ['C-08 code encoded in the query', 'https://shop.example/cb?c%6Fde=x', /"code"/],
  ]
  it.each(cases)('%s', (_, uri, wanted) => {
    expect(redirectUriFault(uri)).toMatch(wanted)
  })
})

it('leaves private-use schemes to native applications, and https on a loopback address to the web', () => {
  expect(suits('com.example.app:/cb', 'web')).toBe(false)
  expect(suits('com.example.app:/cb', 'native')).toBe(true)
  expect(suits('https://localhost/cb', 'native')).toBe(false)
  expect(suits('https://localhost/cb', 'web')).toBe(true)
  expect(suits('http://127.0.0.1/cb', 'native')).toBe(true)
})

it('takes https as the address of a page, and http on a loopback address only (C-12)', () => {
  expect(webUriFault('https://shop.example/logo.svg')).toBeUndefined()
  expect(webUriFault('http://localhost:4000/logo.svg')).toBeUndefined()
  const refused = [
    'http://shop.example/',
    'com.example.app:/x',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    'x',
  ]
  for (const uri of [...refused, 'https://a:b@shop.example/', 'https://shop.example/\tx'])
    expect([uri, webUriFault(uri)]).toEqual([uri, expect.stringContaining('wanted')])
})
