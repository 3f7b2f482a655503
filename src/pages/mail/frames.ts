import { type Frames, noForms } from '../frame.ts'
import type { MailLocals } from './locals.ts'

export const mailFrames: Frames<MailLocals> = {
  'mail-list': {
    layout: 'wide',
    policy: noForms,
    script: false,
    title: ({ t }) => t('mailbox.title'),
  },
  'mail-letter': {
    layout: 'wide',
    policy: () => ({ forms: 'none', frames: true }),
    script: false,
    title: (_, { subject }) => subject,
  },
}
