import { expect, it } from 'vitest'
import { links } from '../../src/domain/links.ts'

it('leads to the pages of the issuer, with the token in the query', () => {
  const to = links('https://id.example.com')
  expect(to.verify('fJ3k_W9-')).toBe('https://id.example.com/verify?token=fJ3k_W9-')
  expect(to.register('t')).toBe('https://id.example.com/register/confirm?token=t')
  expect(to.reset('t')).toBe('https://id.example.com/reset?token=t')
  expect(to.newAddress('t')).toBe('https://id.example.com/account/address?token=t')
  expect(to.undoDeletion('t')).toBe('https://id.example.com/account/restore?token=t')
  expect(to.recover()).toBe('https://id.example.com/recover')
  expect(to.security()).toBe('https://id.example.com/account/security')
  expect(to.account()).toBe('https://id.example.com/account')
})

it('keeps a path and a port of the issuer', () => {
  expect(links('https://example.com/id').recover()).toBe('https://example.com/id/recover')
  expect(links('http://localhost:3000').reset('t')).toBe('http://localhost:3000/reset?token=t')
})

it('X-40 takes no token for a part of the address', () => {
  const link = new URL(links('https://id.example.com').reset('a&b=c#d\r\n/@evil'))
  expect(link.origin + link.pathname).toBe('https://id.example.com/reset')
  expect([...link.searchParams]).toEqual([['token', 'a&b=c#d\r\n/@evil']])
})
