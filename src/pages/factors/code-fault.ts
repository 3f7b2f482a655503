import type { Words } from '../../i18n.ts'
import type { Notice } from '../notice.ts'

/**
 * What a page says of a code that does not fit.
 *
 * @param key of the text at the field
 */
export const codeFault = (key: string, { t }: Words): { notice: Notice; fault: string } => {
  const fault = t(key)
  return {
    fault,
    notice: {
      code: 'wrong_code',
      title: t('secondFactor.wrongTitle'),
      text: t('secondFactor.wrongText'),
      list: [],
    },
  }
}
