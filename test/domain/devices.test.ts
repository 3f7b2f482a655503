import { describe, expect, it } from 'vitest'
import { cleanUserAgent, deviceName, deviceOf } from '../../src/domain/devices.ts'

const agents = {
  'Firefox on macOS': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Chrome on Windows':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Safari on iOS':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Chrome on Android':
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  'Microsoft Edge on Windows':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0',
}
const nameOf = (userAgent: string | undefined): string => deviceName(deviceOf(userAgent))

describe('the device behind a user agent', () => {
  it.each(Object.entries(agents))('is called "%s"', (name, userAgent) => {
    expect(nameOf(userAgent)).toBe(name)
  })

  it('is told from others by its kind', () => {
    expect(deviceOf(agents['Firefox on macOS']).kind).toBe('computer')
    expect(deviceOf(agents['Safari on iOS']).kind).toBe('phone')
    expect(deviceOf(agents['Safari on iOS'].replaceAll('iPhone', 'iPad')).kind).toBe('tablet')
    expect(deviceOf('curl/8.9.1').kind).toBe('program')
  })

  it('is a program by its own name where it is no browser', () => {
    expect(nameOf('curl/8.9.1')).toBe('curl')
    expect(nameOf('python-requests/2.32')).toBe('python-requests')
    expect(nameOf('node')).toBe('node')
  })

  it.each([undefined, '', '   ', '/', '\u0000\u0007', '"><img src=x onerror=alert(1)>', '\u202egpj.exe'])(
    'has no name where it says nothing known: %j',
    (userAgent) => {
      expect(nameOf(userAgent)).toBe('Unknown browser')
    },
  )

  it('says nothing in the words of a stranger but the name of a program', () => {
    const posing = 'Your account is blocked, call +1 555/1.0 (Windows NT 10.0) evil.example/2'
    expect(nameOf(posing)).not.toMatch(/blocked|call|555|evil/)
  })

  it('X-40 is kept as one line of at most 256 characters, however it was sent', () => {
    const kept = cleanUserAgent(`a\r\nb\u0000c${'x'.repeat(100_000)}`)
    expect(kept).toMatch(/^a b cx+$/)
    expect(kept?.length).toBeLessThanOrEqual(256)
    expect(cleanUserAgent(`${'x'.repeat(255)}\u{1f600}`)?.isWellFormed()).toBe(true)
  })

  it('takes no longer for a hostile user agent than for another', () => {
    const hostile = ['Mozilla/5.0 '.repeat(9_000), '('.repeat(100_000), `Opera ${'/ '.repeat(50_000)}`]
    const start = performance.now()
    for (const userAgent of hostile) for (let n = 0; n < 20; n++) deviceOf(userAgent)
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
