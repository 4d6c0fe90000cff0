/** A push service on this machine: takes sealed messages over HTTP, opens them with an implementation that is not ours, and hands them to Chromium's service worker. */
import { createECDH, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { decrypt } from 'http_ece';

const WAIT_MS = 45_000;

export async function pushService() {
  const taken = [];
  const browsers = new Map();
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => void take(request, Buffer.concat(parts)).then((status) => response.writeHead(status).end(), (error) => response.writeHead(500).end(String(error))));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${server.address().port}`;

  async function take(request, body) {
    const name = request.url.slice(1);
    const browser = browsers.get(name);
    if (!browser) return 410;
    const plain = decrypt(body, { version: 'aes128gcm', privateKey: browser.ecdh, authSecret: browser.auth.toString('base64url') });
    const message = JSON.parse(plain.toString('utf8'));
    taken.push({ name, headers: request.headers, message });
    await browser.deliver?.(plain.toString('utf8'));
    return 201;
  }

  /** Titles of what came for a browser, until `wanted` is among them. */
  async function until(name, wanted, from = 0) {
    for (const end = Date.now() + WAIT_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
      const found = taken.slice(from).filter((each) => each.name === name).find(({ message }) => wanted.test(message.title));
      if (found) return found;
    }
    throw new Error(`${wanted} did not come for ${name}; there is ${taken.filter((each) => each.name === name).map(({ message }) => message.title).join(' / ')}`);
  }

  return {
    taken,
    until,
    titles: (name) => taken.filter((each) => each.name === name).map(({ message }) => message.title),
    browser: (context, page, site, name) => attach({ browsers, origin }, context, page, site, name),
    stop: () => new Promise((done) => server.close(done)),
  };
}

/**
 * Chromium without a push service cannot subscribe: `subscribe()` answers with an address of ours and keys made here. Everything after it is
 * real: permission, the server's sealing, the service worker's `push` event, the notification.
 */
async function attach({ browsers, origin }, context, page, site, name) {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const auth = randomBytes(16);
  const made = { endpoint: `${origin}/${name}`, keys: { p256dh: ecdh.getPublicKey().toString('base64url'), auth: auth.toString('base64url') } };
  await context.grantPermissions(['notifications'], { origin: site });
  await context.addInitScript((made) => {
    const PLACE = 'e2e.push';
    const given = (key) => ({
      endpoint: made.endpoint,
      options: { applicationServerKey: Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)).buffer },
      toJSON: () => made,
      unsubscribe: async () => (localStorage.removeItem(PLACE), true),
    });
    PushManager.prototype.getSubscription = async () => (localStorage.getItem(PLACE) ? given(localStorage.getItem(PLACE)) : null);
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      const key = btoa(String.fromCharCode(...new Uint8Array(applicationServerKey.buffer ?? applicationServerKey))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      localStorage.setItem(PLACE, key);
      return given(key);
    };
  }, made);
  const cdp = await context.newCDPSession(page);
  const registration = new Promise((found) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find(({ scopeURL, isDeleted }) => scopeURL.startsWith(site) && !isDeleted);
      if (ours) found(ours.registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  const deliver = async (data) => cdp.send('ServiceWorker.deliverPushMessage', { origin: site, registrationId: await registration, data });
  browsers.set(name, { ecdh, auth, deliver });
}
