import { type Frames, noForms } from '../frame.ts'
import type { RestLocals } from './locals.ts'

export const restFrames: Frames<RestLocals> = {
  'rest-docs': {
    layout: 'wide',
    policy: noForms,
    script: false,
    title: ({ t }) => t('rest.title'),
  },
}
