import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mailColours } from '../../../src/adapters/mail/colours.ts'

const channels = (hex: string) =>
  [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16) / 255)
const luminance = (hex: string): number => {
  const [red = 0, green = 0, blue = 0] = channels(hex).map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
const contrast = (one: string, other: string): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

describe('the accent in mail', () => {
  it('is the one of the settings where it can be read', () => {
    expect(mailColours('#0c6a5b').light).toBe('#0c6a5b')
    expect(mailColours('#0C6A5BFF').light).toBe('#0c6a5b')
    expect(mailColours('#05b').light).toBe('#0055bb')
  })

  it('can be read in both schemes, whatever colour it is', () => {
    const hex = fc
      .integer({ min: 0, max: 0xffffff })
      .map((value) => `#${value.toString(16).padStart(6, '0')}`)
    fc.assert(
      fc.property(hex, (accent) => {
        const { light, dark } = mailColours(accent)
        expect(contrast(light, '#ffffff')).toBeGreaterThanOrEqual(4.5)
        expect(contrast(dark, '#191f1d')).toBeGreaterThanOrEqual(4.5)
        expect(contrast(dark, '#0c1412')).toBeGreaterThanOrEqual(4.5)
      }),
    )
  })

  it.each(['rebeccapurple', 'oklch(50% .1 180)', '#12', ''])('is the default one for %j', (accent) => {
    expect(mailColours(accent)).toEqual(mailColours('#0c6a5b'))
  })
})
