/** Passkeys (パスキー) in the browser: from the server's JSON to `navigator.credentials` and back. */
import { fromBase64url as bytes, toBase64url as text } from '$lib/bytes.ts';

const BINARY = new Set(['challenge', 'id', 'userHandle']);

/** The key that the person's device makes for a new account. */
export async function create(publicKey: Record<string, unknown>): Promise<unknown> {
  const options = opened(publicKey) as unknown as PublicKeyCredentialCreationOptions;
  return written(await navigator.credentials.create({ publicKey: options }));
}

/** The device's answer to a sign-in; the person chooses the key, nobody types a name. */
export async function get(publicKey: Record<string, unknown>): Promise<unknown> {
  const options = opened(publicKey) as unknown as PublicKeyCredentialRequestOptions;
  return written(await navigator.credentials.get({ publicKey: options }));
}

/** Base64url members become bytes, at every depth; `rp.id` is a name and stays. */
export function opened(value: unknown, key = '', parent = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => opened(each, key, parent));
  if (typeof value === 'string') return BINARY.has(key) && parent !== 'rp' ? bytes(value) : value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null).map(([name, member]) => [name, opened(member, name, key)]));
}

function written(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey');
  const { response } = credential;
  const common = { id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: credential.getClientExtensionResults() };
  if (response instanceof AuthenticatorAttestationResponse) {
    return { ...common, response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject), transports: response.getTransports() } };
  }
  const { clientDataJSON, authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : null },
  };
}
