import { describe, expect, it } from 'vitest'
import { parseSender } from '../../src/domain/sender.ts'
import { atFault } from '../config/on-machine.ts'

describe('a sender of mail', () => {
  it.each([
    ['id@example.com', '', 'id@example.com'],
    ['<id@example.com>', '', 'id@example.com'],
    ['Harbor ID <id@example.com>', 'Harbor ID', 'id@example.com'],
    ['"Harbor, ID" <id@example.com>', 'Harbor, ID', 'id@example.com'],
    ['"Harbor \\"ID\\"" <id@example.com>', 'Harbor "ID"', 'id@example.com'],
    ['Гавань <id@example.com>', 'Гавань', 'id@example.com'],
  ])('is read from %s', (text, name, address) => {
    expect(parseSender(text)).toEqual({ name, address })
  })

  it.each([
    '',
    'Harbor',
    'Harbor <>',
    'Harbor <id>',
    'a@example.com, b@example.com',
    'Harbor <a@example.com> <b@example.com>',
    'Harbor\r\nBcc: evil@example.org <id@example.com>',
  ])('is not in %j, and the start is refused with it', (text) => {
    expect(parseSender(text)).toBeUndefined()
    expect(atFault({ SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: text })).toEqual(['MAIL_FROM'])
  })
})
