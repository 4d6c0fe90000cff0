/** This device's subscription: what the browser allows, what the server keeps. */
import { Refused } from '$lib/api/client.ts';
import { fromBase64url, random, toBase64url } from '$lib/bytes.ts';
import { language } from '$lib/i18n/index.svelte.ts';
import { newId } from '$lib/ids.ts';
import { enrolled } from '$lib/site.svelte.ts';
import * as api from './api.ts';
import { forgetIdentity, identity, remember } from './box.ts';
import { DEFAULTS, type Identity, type Kept, type Kinds, type Place, type Quiet, type Subscription } from './model.ts';

/** `home`: on an iPhone or iPad notices come only to the app on the home screen. */
export type Standing = 'loading' | 'unsupported' | 'home' | 'denied' | 'off' | 'on';

/** What a person may change. */
export interface Wish {
  places: Place[];
  kinds: Kinds;
  quiet: Quiet | null;
}

export class Denied extends Error {}

export class Device {
  standing = $state<Standing>('loading');
  kept = $state.raw<Kept>();
  #self: Identity | undefined;

  /** What the browser and the server say now. */
  async look(): Promise<void> {
    if (!supported()) {
      this.standing = onApple() && !onHomeScreen() ? 'home' : 'unsupported';
      return;
    }
    if (Notification.permission === 'denied') {
      this.standing = 'denied';
      return;
    }
    this.#self = await identity();
    const registration = await navigator.serviceWorker.ready;
    const browser = await registration.pushManager.getSubscription();
    if (!this.#self || !browser) {
      this.standing = 'off';
      return;
    }
    try {
      this.kept = await api.kept(this.#self);
      this.standing = 'on';
      await this.#agree(this.kept);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      // The server lost it, or the push service said that it was gone.
      this.standing = 'off';
    }
  }

  /** Asks the browser for permission, then tells the server. */
  async subscribe(wish: Wish): Promise<void> {
    if ((await Notification.requestPermission()) !== 'granted') {
      this.standing = Notification.permission === 'denied' ? 'denied' : 'off';
      throw new Denied();
    }
    const key = await api.serverKey();
    const registration = await navigator.serviceWorker.ready;
    const browser = await registered(registration, key);
    const self = this.#self ?? { id: newId(), secret: toBase64url(random(32)) };
    await remember(self);
    this.#self = self;
    this.kept = await api.put(self, wanted(browser, key, wish));
    this.standing = 'on';
  }

  /** Language and drills are settings of the device: the server is told when they are no longer what it keeps. */
  async #agree({ places, kinds, quiet, language: kept, drills }: Kept): Promise<void> {
    if (kept === language() && drills === enrolled()) return;
    try {
      await this.change({ places, kinds, quiet: quiet ?? null });
    } catch (error) {
      // Refused, as under a key of ours that has gone: saving says so, with what to do.
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Changes what is wanted. */
  async change(wish: Wish): Promise<void> {
    const registration = await navigator.serviceWorker.ready;
    const [browser, key] = [await registration.pushManager.getSubscription(), await api.serverKey()];
    if (!this.#self || !browser) return this.subscribe(wish);
    this.kept = await api.put(this.#self, wanted(browser, keyOf(browser) ?? key, wish));
  }

  async test(): Promise<string> {
    if (!this.#self) throw new Error('not subscribed');
    return (await api.test(this.#self)).notice;
  }

  /** Ends everything: at the server, in the browser, on the device. */
  async unsubscribe(): Promise<void> {
    if (this.#self) {
      await api.remove(this.#self).catch((error: unknown) => {
        if (!(error instanceof Refused) || error.status !== 404) throw error;
      });
    }
    const registration = await navigator.serviceWorker.ready;
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    await forgetIdentity();
    this.#self = undefined;
    this.kept = undefined;
    this.standing = 'off';
  }
}

/** What everybody begins with, for a municipality. */
export const begin = (code: string): Wish => ({ places: [{ is: 'municipality', code }], kinds: { ...DEFAULTS }, quiet: null });

function wanted(browser: PushSubscription, key: string, { places, kinds, quiet }: Wish): Subscription {
  const { endpoint, keys } = browser.toJSON();
  const push = { endpoint: endpoint ?? browser.endpoint, p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '', key };
  return { push, places, kinds, quiet, language: language(), drills: enrolled() };
}

/** A subscription under another key of ours cannot be used any more. */
async function registered(registration: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  const before = await registration.pushManager.getSubscription();
  if (before && keyOf(before) === key) return before;
  await before?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64url(key) });
}

function keyOf(browser: PushSubscription): string | undefined {
  const key = browser.options?.applicationServerKey;
  return key ? toBase64url(key) : undefined;
}

const supported = (): boolean => 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
const onApple = (): boolean => /iPhone|iPad/.test(navigator.userAgent) || (navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1);
const onHomeScreen = (): boolean => matchMedia('(display-mode: standalone)').matches;
