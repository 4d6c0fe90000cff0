/** Chromium for the end-to-end tests: one browser, guarded contexts, screenshots and axe. */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SHOTS = process.env.SHOTS;

/** The longest a screen may take; a loaded machine takes its time. */
const WAIT_MS = 12_000;

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };

/** The Debian browser, without anything that would call out. */
export const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-unsafe-swiftshader'];

/** `by`: a program that starts it somewhere else, where it finds it under `MAMORI_CHROMIUM`. */
export function launch(by = EXECUTABLE) {
  return chromium.launch({ executablePath: by, args: ARGUMENTS, env: { ...process.env, MAMORI_CHROMIUM: EXECUTABLE } });
}

/** A page that remembers every console error, page error and refused policy. */
export async function open(browser, origin, { viewport = PHONE, settings = {}, ...more } = {}) {
  const context = await browser.newContext({ baseURL: origin, viewport, locale: 'ja-JP', timezoneId: 'America/Halifax', reducedMotion: 'reduce', ...more });
  await context.addInitScript((kept) => {
    if (!localStorage.getItem('mamori.settings')) localStorage.setItem('mamori.settings', JSON.stringify(kept));
  }, settings);
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const problems = watch(page);
  return { context, page, problems, close: () => context.close() };
}

function watch(page) {
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return problems;
}

/** A picture of the whole page, when a folder for pictures is named. */
export async function shot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}-${page.viewportSize()?.width}.png`, fullPage: true });
}

/** Serious and critical findings of axe against WCAG 2.2 AA; none is the only good answer. */
export async function axe(page) {
  // From the top, where nothing lies under the band that stays.
  await page.evaluate(() => scrollTo(0, 0));
  // Playwright evaluates past the page's policy: the page itself loads nothing.
  await page.evaluate((await import('node:fs')).readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join(' | ')}`);
}

/** Nothing may stick out sideways at the narrowest width people use. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
