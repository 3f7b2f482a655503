import type { ArtifactStore } from '../domain/ports.ts'

export interface FamilyParts {
  artifacts: Pick<ArtifactStore, 'remove' | 'removeFamily'>
  keyOf: (id: string) => string
}

/** One removal decides: without its grant nothing of a family is good. The rest is cleaning. */
export const endFamily = async (grantId: string, { artifacts, keyOf }: FamilyParts): Promise<void> => {
  await artifacts.remove('Grant', keyOf(grantId))
  await artifacts.removeFamily(grantId)
}
