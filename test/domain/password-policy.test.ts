import { describe, expect, it } from 'vitest'
import { canBePassword, type PasswordOwner, passwordPolicy } from '../../src/domain/password-policy.ts'

const contextWords = ['Gatehouse', 'login.example.com']
const strict = passwordPolicy({ minLength: 15, contextWords })
const withSecondFactor = passwordPolicy({ minLength: 8, contextWords })
const nobody: PasswordOwner = {}
const kim = { email: 'kim.smith@mail.example', name: 'Kim Söderström' }

const codes = (password: string, about = nobody, policy = strict): string[] =>
  policy.faults(password, about).map(({ code }) => code)

describe('the password policy', () => {
  it.each([
    'correct horse battery staple',
    'k9$Lw2!vQ8@zR4#m',
    'thequickbrownfox',
    'два сапога пара, а не три',
    '密码安全的长城和故宫北京上海广',
    '😀🐢🚀🌋🍕🎈🧠🦊🪐🎻🗿🧊🪁🦜🛶',
    '  blanks count, too  ',
    'to be or not to be',
    '8472910473829561',
  ])('accepts %s, with no rule of composition (N-40)', (password) => {
    expect(strict.faults(password, kim)).toEqual([])
  })

  it('asks for 15 characters, or as many as it is told, and says how many there are (N-40)', () => {
    expect(strict.faults('k9$Lw2!vQ8@zR4', nobody)).toEqual([
      { field: 'password', code: 'too_short', values: { length: 14, min: 15 } },
    ])
    expect(codes('k9$Lw2!vQ8@zR4#')).toEqual([])
    expect(codes('k9$Lw2!', nobody, withSecondFactor)).toEqual(['too_short'])
    expect(codes('k9$Lw2!v', nobody, withSecondFactor)).toEqual([])
    expect(codes('')).toEqual(['too_short'])
  })

  it('counts code points, not code units (X-21)', () => {
    expect(strict.faults('😀🐢🚀🌋🍕🎈🧠🦊', nobody)).toMatchObject([{ values: { length: 8 } }])
  })

  it('counts a letter and its accent as one, however they were typed (N-41)', () => {
    const decomposed = 'e\u0301a\u0300o\u0302 kuln\u0303yz'
    expect(strict.faults(decomposed, nobody)).toMatchObject([{ code: 'too_short', values: { length: 10 } }])
  })

  it.each(['A', 'ж', '密', '😀'])(
    'takes 64 and even 256 characters of any script, but not 257: %s (X-21, N-30)',
    (sign) => {
      const first = sign.codePointAt(0) ?? 0
      const varied = (length: number): string =>
        Array.from({ length }, (_, index) =>
          String.fromCodePoint(first + ((index * index * index) % 23)),
        ).join('')
      expect(codes(varied(64))).toEqual([])
      expect(codes(varied(256))).toEqual([])
      expect(strict.faults(varied(257), nobody)).toEqual([
        { field: 'password', code: 'too_long', values: { max: 256 } },
      ])
    },
  )

  it('refuses a NUL and lone surrogates, which cannot be hashed as they are (X-21)', () => {
    expect(codes('k9$Lw2!vQ8@z\0R4#m')).toEqual(['malformed'])
    expect(codes('k9$Lw2!vQ8@z\ud800R4#m')).toEqual(['malformed'])
    expect(codes('\udc00k9$Lw2!vQ8@zR4#m')).toEqual(['malformed'])
  })

  it.each([
    'Password12345678',
    'P@ssw0rd!!!!!!!!!',
    '2024.Manchesterunited.2024',
    'myChemicalRomance',
    'rumpelstiltzkin2024',
    'Ｐａｓｓｗｏｒｄ７１０３８８２５４',
  ])('knows %s as common, in any case and with any digits around it (N-30)', (password) => {
    expect(codes(password)).toEqual(['common'])
  })

  it.each(['iloveyou', 'Sunshine99', 'trustno1', 'baseball!'])(
    'knows %s as common where 8 characters are enough (N-30)',
    (password) => {
      expect(codes(password, nobody, withSecondFactor)).toEqual(['common'])
    },
  )

  it.each([
    ['the alphabet', 'abcdefghijklmno'],
    ['the alphabet backwards', 'ZYXWVUTSRQPONMLKJ'],
    ['another alphabet', 'абвгдежзийклмноп'],
    ['digits', '123456789012345'],
    ['digits backwards', '0987654321098765'],
    ['a row of keys', 'qwertyuiopasdfgh'],
    ['a row of Russian keys', 'йцукенгшщзхъфыва'],
    ['columns of keys', '1qaz2wsx3edc4rfv'],
    ['a row with Shift', '!@#$%^&*()_+1234'],
    ['doubled letters', 'aabbccddeeffgghh'],
    ['interleaved rows', 'a1b2c3d4e5f6g7h8'],
    ['a sequence with something behind', 'abcdefghijklmnX7'],
    ['one character', 'aaaaaaaaaaaaaaaa'],
    ['hardly any characters', 'abacabadabacabaab'],
    ['a group', 'abcabcabcabcabc'],
    ['a group cut at the end', 'k9$Lw2!k9$Lw2!k9'],
    ['a common word', 'passwordpassword'],
    ['a common word with something behind', 'DragonDragonDragon1!'],
    ['words with blanks', 'asdf asdf asdf asdf'],
  ])('refuses a sequence or repetition: %s', (_, password) => {
    expect(codes(password)).toEqual(['sequence'])
  })

  it('takes a repetition of what is long enough once', () => {
    expect(codes('correct horse battery / correct horse battery / ')).toEqual([])
    expect(codes('sunshinesunshine', nobody, withSecondFactor)).toEqual(['sequence'])
  })

  it.each([
    ['the product', 'gatehousegatehouse1', 'Gatehouse'],
    ['the product and a year', 'My-GateHouse-2026!', 'Gatehouse'],
    ['the host', 'login.example.com#1', 'login.example.com'],
    ['a word of the host', 'exampleexample2026', 'example'],
    ['the address', 'Kim.Smith@mail.example', 'kim.smith@mail.example'],
    ['the local part', 'kim.smith.kim.smith.99', 'kim.smith'],
    ['a word of the local part', 'smith19841984198419', 'smith'],
    ['the name', 'so\u0308derstro\u0308m-so\u0308derstro\u0308m', 'Söderström'],
    ['a name and a common word', 'söderströmmanchesterunited', 'Söderström'],
  ])('refuses what is made from %s, and names the word (N-30)', (_, password, word) => {
    expect(strict.faults(password, kim)).toEqual([{ field: 'password', code: 'context', values: { word } }])
  })

  it('accepts a known word beside enough that is not known', () => {
    expect(codes('seven gatehouse keepers drink tea', kim)).toEqual([])
  })

  it('does not take short names for words, and what one person may use another may not', () => {
    expect(codes('kimono dyers of Kyoto', { email: 'kim@x.com', name: 'Kim' })).toEqual([])
    expect(codes('bergmann&bergmann', { email: 'x@y', name: 'Ida Bergmann' })).toEqual(['context'])
  })

  it('normalises to NFC and changes nothing else (N-41)', () => {
    expect(strict.normalise('e\u0301')).toBe('\u00e9')
    expect(strict.normalise('  Aß ﬁ ｘ\t ')).toBe('  Aß ﬁ ｘ\t ')
  })

  it('looks at 56 kB no longer than at a password', () => {
    expect(codes('ab'.repeat(28_000))).toEqual(['too_long'])
  })
})

describe('what any account may have as its password', () => {
  it('ends where new passwords end', () => {
    expect(canBePassword('x'.repeat(256))).toBe(true)
    expect(canBePassword('x'.repeat(257))).toBe(false)
    expect(canBePassword('')).toBe(false)
    expect(canBePassword('a\0b')).toBe(false)
    expect(canBePassword('a\ud800b')).toBe(false)
  })
})
