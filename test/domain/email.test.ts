import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEmail } from '../../src/domain/email.ts'

const keyOf = (text: string): string | undefined => parseEmail(text)?.key

describe('an e-mail address', () => {
  it('is stored as it was written, without blanks around it, and found in lower case', () => {
    expect(parseEmail('  Victim@X.com ')).toEqual({ email: 'Victim@X.com', key: 'victim@x.com' })
  })

  it.each([
    'kim@example.com',
    'kim.smith+news@mail.example.co.uk',
    "o'neil@example.com",
    'admin@localhost',
    'a@1e3',
    'почта@пример.рф',
    `${'l'.repeat(64)}@example.com`,
  ])('may be %s', (text) => {
    expect(parseEmail(text)?.email).toBe(text)
  })

  it.each([
    ['upper case', 'VICTIM@X.COM', 'victim@x.com'],
    ['full width', 'ｖｉｃｔｉｍ＠ｘ．ｃｏｍ', 'victim@x.com'],
    ['a Kelvin sign', '\u212Aim@x.com', 'kim@x.com'],
    ['a composed and a decomposed letter', 'rene\u0301@x.com', 'ren\u00e9@x.com'],
    ['a name and its punycode', 'a@BÜCHER.example', 'a@xn--bcher-kva.example'],
    ['upper-case punycode', 'a@XN--BCHER-KVA.example', 'a@bücher.example'],
  ])('has one key for two spellings: %s (C-17, X-31)', (_, one, other) => {
    expect(keyOf(one)).toBeDefined()
    expect(keyOf(one)).toBe(keyOf(other))
  })

  it('is stored without look-alikes, so that mail reaches the mailbox of its key (C-17)', () => {
    expect(parseEmail('\u212Aim@x.com')?.email).toBe('Kim@x.com')
    expect(parseEmail('ｖｉｃｔｉｍ@ｘ.com')?.email).toBe('victim@x.com')
  })

  it('keeps the dotless i apart from the i (C-17)', () => {
    expect(keyOf('k\u0131m@x.com')).not.toBe(keyOf('kim@x.com'))
    expect(keyOf('KIM@x.com')).toBe('kim@x.com')
  })

  it.each([
    ['nothing', ''],
    ['no host', 'kim'],
    ['an empty local part', '@x.com'],
    ['an empty host', 'kim@'],
    ['two addresses', 'victim@x.com,evil@y'],
    ['two addresses with a semicolon', 'victim@x.com;evil@y'],
    ['two at signs', 'victim@x.com@evil'],
    ['a quoted local part', '"victim@x.com"@evil'],
    ['a quoted word', '"victim"@x.com'],
    ['a display name', 'Kim <kim@x.com>'],
    ['a comment', 'kim(comment)@x.com'],
    ['a line break and a header', 'kim@x.com\r\nBcc: evil@y'],
    ['a line break at the end', 'kim@x.com\r\n'],
    ['a NUL', 'kim@x.com\0'],
    ['a blank inside', 'kim smith@x.com'],
    ['a soft hyphen', 'kim\u00ad@x.com'],
    ['a zero-width joiner', 'kim@x\u200d.com'],
    ['a lone surrogate', 'kim\ud800@x.com'],
    ['a letter that decomposes into blanks', '\ufdfa@x.com'],
    ['a dot at the beginning', '.kim@x.com'],
    ['two dots', 'kim..smith@x.com'],
    ['two dots in the host', 'kim@x..com'],
    ['a dot at the end', 'kim@x.com.'],
    ['an ideographic dot', 'kim@x。com'],
    ['an IPv4 address', 'kim@127.0.0.1'],
    ['a number that a URL reads as an address', 'kim@2130706433'],
    ['a hexadecimal address', 'kim@0x7f.1'],
    ['an address literal', 'kim@[127.0.0.1]'],
    ['a port', 'kim@x.com:25'],
    ['an escape', 'kim@x%2ecom'],
    ['a path', 'kim@x.com/y'],
    ['an underscore in the host', 'kim@x_y.com'],
    ['a hyphen at the end of a label', 'kim@x-.com'],
    ['a local part of 65 octets', `${'l'.repeat(65)}@x.com`],
    ['a label of 64 characters', `kim@${'x'.repeat(64)}`],
    [
      '255 octets',
      `kim@${'x'.repeat(50)}.${'y'.repeat(50)}.${'z'.repeat(50)}.${'w'.repeat(50)}.${'v'.repeat(47)}`,
    ],
  ])('is not %s (C-17, X-31)', (_, text) => {
    expect(parseEmail(text)).toBeUndefined()
  })

  it.each([
    ['a@a.a.a…', `a@a${'.a'.repeat(32_000)}`],
    ['aaaa…!', `${'a'.repeat(64_000)}!`],
    ['at signs', '@'.repeat(64_000)],
    ['blanks', `${' '.repeat(64_000)}x`],
    ['dots and hyphens', `a@${'-.'.repeat(32_000)}`],
  ])('is refused without work for 64 kB of %s (X-32)', (_, text) => {
    expect(parseEmail(text)).toBeUndefined()
  })

  it('has a key that is an address with the same key', () => {
    const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    const host = fc.stringMatching(/^[a-zà-ÿа-я0-9-]{1,12}(\.[A-Zß-ÿ]{2,6})?$/)
    fc.assert(
      fc.property(local, host, (name, domain) => {
        const key = keyOf(`${name}@${domain}`)
        if (key !== undefined) expect(keyOf(key)).toBe(key)
      }),
    )
  })

  it('never has a line break, a comma, a quote or a blank, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (noise) => {
        const parsed = parseEmail(`a${noise}@x${noise}.com`)
        if (parsed)
          expect(`${parsed.email} ${parsed.key}`).toMatch(/^[^\s,"<>]+@[^\s,"<>@]+ [^\s,"<>]+@[a-z0-9.-]+$/)
      }),
    )
  })
})
