/** The language tag to write dates in: English beyond America has the day first. */
export const dateLocale = (locale: string): string => (locale === 'en' ? 'en-GB' : locale)
