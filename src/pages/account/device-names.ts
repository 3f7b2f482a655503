import type { Device } from '../../domain/devices.ts'
import type { Words } from '../../i18n.ts'

/** A device in the words of the page. */
export const deviceText = ({ client, system }: Device, { t }: Words): string => {
  const name = client ?? t('devices.unknown')
  return system === undefined ? name : t('devices.name', { client: name, system })
}
