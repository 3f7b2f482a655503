import { answerJson, type Part, pathOf } from '../../http/part.ts'

export const METADATA_PATH = '/.well-known/authzen-configuration'

/** Seconds. */
const MAX_AGE = 600

const POLICY = { 'cache-control': `public, max-age=${MAX_AGE}`, 'access-control-allow-origin': '*' }

/** Tells where decisions are made (AuthZEN Authorization API 1.0 §9). */
export const accessMetadata = (issuer: string): Part => {
  const below = `${issuer}/access/v1`
  const document = {
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${below}/evaluation`,
    access_evaluations_endpoint: `${below}/evaluations`,
    search_subject_endpoint: `${below}/search/subject`,
    search_resource_endpoint: `${below}/search/resource`,
    search_action_endpoint: `${below}/search/action`,
  }
  return (request, response) => {
    if (pathOf(request) !== METADATA_PATH) return false
    if (request.method === 'GET' || request.method === 'HEAD') answerJson(response, 200, document, POLICY)
    else
      answerJson(response, 405, { error: 'method_not_allowed' }, { allow: 'GET, HEAD', connection: 'close' })
    return true
  }
}
