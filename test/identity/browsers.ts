/** Headless browsers as the system has them, started for one page. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { newFolder } from '../support/folder.ts';
import { programOnPath } from '../support/needs.ts';

const START_MS = 60_000;
const END_MS = 10_000;

export interface Browser {
  version: string;
  /** Opens the page at `url`. */
  open(url: string, timeoutMs: number): Promise<void>;
  /** Value of an expression in the page, or of what its promise holds. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

export const chromiumPath = programOnPath('chromium', 'chromium-browser', 'google-chrome');
export const firefoxPath = programOnPath('firefox-esr', 'firefox');

/** Fails when `promise` takes longer; nothing is waited for without an end. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: not done within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What failed is told after the browser has been closed, which may fail as well. */
const closing =
  (close: () => Promise<void>) =>
  async (error: unknown): Promise<never> => {
    await close().catch(() => {});
    throw error;
  };

/** Chromium looks for updates and accounts unless told not to; root may not use its sandbox. */
const CHROMIUM_ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startChromium(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? undefined,
    headless: true,
    chromiumSandbox: !isRoot,
    args: CHROMIUM_ARGS,
    timeout: START_MS,
  });
  const close = (): Promise<void> => within(browser.close(), END_MS, 'closing Chromium');
  const page = await within(browser.newPage(), START_MS, 'a page in Chromium').catch(closing(close));
  return {
    version: `Chromium ${browser.version()}`,
    open: async (url, timeout) => void (await page.goto(url, { timeout })),
    evaluate: (expression) => page.evaluate(expression),
    close,
  };
}

/** Over WebDriver BiDi: the one protocol that an unpatched Firefox speaks. */
export async function startFirefox(): Promise<Browser> {
  const home = newFolder('firefox'); // Firefox as root refuses a home that belongs to somebody else
  const browser = await puppeteer.launch({
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath: firefoxPath ?? undefined,
    headless: true,
    env: { ...process.env, HOME: home },
    userDataDir: join(home, 'profile'),
    timeout: START_MS,
    protocolTimeout: 300_000,
  });
  const close = async (): Promise<void> => {
    try {
      await within(browser.close(), END_MS, 'closing Firefox');
    } finally {
      browser.process()?.kill('SIGKILL');
    }
  };
  const page = await within(browser.newPage(), START_MS, 'a page in Firefox').catch(closing(close));
  return {
    version: await within(browser.version(), START_MS, 'the version of Firefox').catch(closing(close)),
    open: async (url, timeout) => void (await page.goto(url, { timeout })),
    evaluate: (expression) => page.evaluate(expression),
    close,
  };
}
