/**
 * `npm run screenshots`: a real server, a real browser, and a picture of every page in every state, in light and dark,
 * narrow and wide, English and Russian. What looks wrong in them is wrong.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, startChromium } from '../test/support/chromium.ts'
import { type Site, startSite } from './screenshots/site.ts'
import { type State, states } from './screenshots/states.ts'

const HELP = `npm run screenshots -- [--only WORD] [--language en,ru] [--scheme light,dark] [--width 360,1280]

Writes screenshots/<language>/<state>-<width>-<scheme>.png for each page and state.
  --only WORD      states whose name contains it
  --language LIST  of en, ru
  --scheme LIST    of light, dark
  --width LIST     CSS pixels
  --list           print the names of the states and stop
`
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    language: { type: 'string', default: 'en,ru' },
    scheme: { type: 'string', default: 'light,dark' },
    width: { type: 'string', default: '360,1280' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const HEIGHT = 800
const folder = join(import.meta.dirname, '../screenshots')
const schemes = (['light', 'dark'] as const).filter((scheme) => values.scheme.split(',').includes(scheme))
const widths = values.width.split(',').map(Number)
const wanted = states.filter(({ name }) => name.includes(values.only))

/** One state in every scheme and width; the page is led there once. */
const picture = async (browser: Browser, site: Site, language: string, state: State): Promise<void> => {
  const { page, close } = await browser.open({ locale: language, reducedMotion: 'reduce' })
  await state.open(page, site)
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    for (const width of widths) {
      await page.setViewportSize({ width, height: HEIGHT })
      const path = join(folder, language, `${state.name}-${width}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
  }
  await close()
}

const pictures = async (): Promise<void> => {
  const site = await startSite()
  const browser = await startChromium()
  try {
    for (const language of values.language.split(',')) {
      mkdirSync(join(folder, language), { recursive: true })
      for (const [index, state] of wanted.entries()) {
        process.stdout.write(`${language} ${index + 1}/${wanted.length} ${state.name}\n`)
        await picture(browser, site, language, state)
      }
    }
  } finally {
    await browser.close()
    await site.stop()
  }
}

if (values.help) process.stdout.write(HELP)
else if (values.list) process.stdout.write(`${wanted.map(({ name }) => name).join('\n')}\n`)
else await pictures()
