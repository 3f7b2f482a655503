/** The accent as the two schemes of a mail need it: text and fill, at least 4.5:1 against what is around it. */
export interface MailColours {
  light: string
  dark: string
}

type Rgb = readonly [number, number, number]

const DEFAULT_ACCENT: Rgb = [0x0c, 0x6a, 0x5b]
const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
/** The sheet of the dark scheme. */
const NIGHT: Rgb = [0x19, 0x1f, 0x1d]
/** Against white and the night sheet, with a margin for how screens round (WCAG 1.4.3 wants 4.5). */
const LEAST_CONTRAST = 5

/** Mail programs know no relative colours, so that only an accent in hexadecimal can be worked with. */
const parseHex = (colour: string): Rgb | undefined => {
  const [, digits = ''] = /^#([\da-f]{3,8})$/i.exec(colour) ?? []
  if (digits.length < 3) return undefined
  const width = digits.length < 6 ? 1 : 2
  const channel = (index: number): number => {
    const pair = digits.slice(index * width, (index + 1) * width)
    return Number.parseInt(width === 1 ? pair + pair : pair, 16)
  }
  return [channel(0), channel(1), channel(2)]
}

/** WCAG 2.2, relative luminance. */
const luminance = ([red, green, blue]: Rgb): number => {
  const linear = (value: number): number => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

const contrast = (one: Rgb, other: Rgb): number => {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

const mix = ([r1, g1, b1]: Rgb, [r2, g2, b2]: Rgb, share: number): Rgb => [
  Math.round(r1 + (r2 - r1) * share),
  Math.round(g1 + (g2 - g1) * share),
  Math.round(b1 + (b2 - b1) * share),
]

const STEPS = 20

/** The colour, moved towards an end until it can be read on the ground. */
const readable = (colour: Rgb, end: Rgb, ground: Rgb): Rgb =>
  Array.from({ length: STEPS }, (_, step) => mix(colour, end, step / STEPS)).find(
    (candidate) => contrast(candidate, ground) >= LEAST_CONTRAST,
  ) ?? end

const hex = (colour: Rgb): string => `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`

/** @param accent CSS colour; one that is not in hexadecimal gives the colours of the default accent */
export const mailColours = (accent: string): MailColours => {
  const colour = parseHex(accent) ?? DEFAULT_ACCENT
  return { light: hex(readable(colour, BLACK, WHITE)), dark: hex(readable(colour, WHITE, NIGHT)) }
}
