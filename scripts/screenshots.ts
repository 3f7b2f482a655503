/**
 * `npm run screenshots`: a real server, a real browser, and a picture of every page in every state, in light and dark,
 * narrow and wide, English and Russian. What looks wrong in them is wrong.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, startChromium } from '../test/support/chromium.ts'
import { type Site, startSite } from './gallery/site.ts'
import { type State, states } from './gallery/states.ts'

const HELP = `npm run screenshots -- [--only WORD] [--language en,ru] [--scheme light,dark] [--width 360,1280]

Writes screenshots/<language>/<state>-<width>-<scheme>.png for each page and state.
  --only WORD      states whose name contains it
  --language LIST  of en, ru
  --scheme LIST    of light, dark
  --width LIST     CSS pixels
  --list           print the names of the states and stop
  --readme         only the two pictures of the README, into docs/
`
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    language: { type: 'string', default: 'en,ru' },
    scheme: { type: 'string', default: 'light,dark' },
    width: { type: 'string', default: '360,1280' },
    list: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
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

const pictures = async (browser: Browser, site: Site): Promise<void> => {
  for (const language of values.language.split(',')) {
    mkdirSync(join(folder, language), { recursive: true })
    for (const [index, state] of wanted.entries()) {
      process.stdout.write(`${language} ${index + 1}/${wanted.length} ${state.name}\n`)
      await picture(browser, site, language, state)
    }
  }
}

/** The pictures of the README stand side by side, and so are of one size. */
const readme = async (browser: Browser, site: Site): Promise<void> => {
  const shown = { 'sign-in': 'light', consent: 'dark' } as const
  for (const [name, colorScheme] of Object.entries(shown)) {
    const viewport = { width: 640, height: 900 }
    const { page, close } = await browser.open({
      locale: 'en',
      colorScheme,
      viewport,
      deviceScaleFactor: 1.25,
    })
    await states.find((state) => state.name === name)?.open(page, site)
    await page.screenshot({ path: join(import.meta.dirname, `../docs/${name}.png`), animations: 'disabled' })
    process.stdout.write(`docs/${name}.png\n`)
    await close()
  }
}

const run = async (work: typeof pictures): Promise<void> => {
  const browser = await startChromium()
  const site = await startSite()
  try {
    await work(browser, site)
  } finally {
    await site.stop()
    await browser.close()
  }
}

if (values.help) process.stdout.write(HELP)
else if (values.list) process.stdout.write(`${wanted.map(({ name }) => name).join('\n')}\n`)
else await run(values.readme ? readme : pictures)
