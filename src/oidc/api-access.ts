/** What the engine asks of the roles and permissions; `build.ts` answers from the rules in `domain/`. */
export interface ApiAccess {
  /** The API with this identifier (RFC 8707 resource indicator), if there is one. */
  find(
    identifier: string,
  ): { identifier: string; name: string; accessTokenFormat: 'jwt' | 'opaque' } | undefined
  /** Scopes of the API that this client may ask of a person. */
  ceiling(clientId: string, identifier: string): Promise<string[]>
  /** Scopes of the API that this client has for itself. */
  ofClient(clientId: string, identifier: string): Promise<string[]>
  /** Permissions of a person there, by roles. */
  ofPerson(sub: string, identifier: string): Promise<string[]>
  /** Names of the person's roles that hold a permission of this API; all roles without an identifier. */
  roles(sub: string, identifier?: string, at?: number): Promise<string[]>
  /** Scopes of the API that the subject has for a time only, with the end in milliseconds. */
  goodUntil(
    subject: { kind: 'user' | 'client'; id: string },
    identifier: string,
  ): Promise<ReadonlyMap<string, number>>
}
