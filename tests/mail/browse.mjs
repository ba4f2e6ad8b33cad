// Opens every mail as its readers would and prints, as JSON, what a script can see: what is wider than the window,
// what is hard to read, what axe finds, what was asked of the network; pictures go into the folder given.
// Usage: node browse.mjs JOB.json   JOB: {chromium, pictures, mails: [{name, page, bare, picture}]}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const WIDTHS = [320, 375, 640];
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
];

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));

// What sticks out of the window, in CSS pixels; 0 is nothing.
const overflow = () => Math.max(0, document.documentElement.scrollWidth - window.innerWidth);

// The lowest contrast of any visible text, by WCAG 2.2 "contrast ratio", with the text it belongs to.
const contrast = () => {
  const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let lowest = { ratio: 21, text: "" };
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const parent = node.parentElement;
    if (!text || parent.getClientRects().length === 0) continue;
    const [one, other] = [light(parse(getComputedStyle(parent).color)), light(behind(parent))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < lowest.ratio) lowest = { ratio, text: text.slice(0, 60) };
  }
  return lowest;
};

const widths = async (page) => {
  const found = {};
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    found[width] = await page.evaluate(overflow);
  }
  return found;
};

const accessible = async (page) => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa"] }));
  return violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`);
};

const shoot = async (page, name) => {
  await page.setViewportSize({ width: 375, height: 900 });
  await page.screenshot({ path: `${job.pictures}/${name}.png`, fullPage: true });
};

const look = async (browser, mail) => {
  const page = await browser.newPage();
  const asked = [];
  page.on("request", (request) => { if (!request.url().startsWith("file:")) asked.push(request.url()); });
  const found = { name: mail.name, asked };
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(pathToFileURL(mail.page).href);
    found[scheme] = { overflow: await widths(page), contrast: await page.evaluate(contrast), axe: await accessible(page) };
    if (mail.picture) await shoot(page, `${mail.name}-${scheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(pathToFileURL(mail.bare).href);
  found.bare = { overflow: await widths(page), contrast: await page.evaluate(contrast) };
  if (mail.picture) await shoot(page, `${mail.name}-bare`);
  await page.close();
  return found;
};

const forced = async (mail, browser) => {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(mail.page).href);
  await shoot(page, `${mail.name}-forced`);
  await page.close();
};

const opened = (flags) => chromium.launch({ executablePath: job.chromium, args: [...FLAGS, ...flags] });

const browser = await opened([]);
const results = [];
for (const mail of job.mails) results.push(await look(browser, mail));
await browser.close();
const dark = await opened(["--enable-features=WebContentsForceDark"]);
for (const mail of job.mails.filter((one) => one.picture)) await forced(mail, dark);
await dark.close();
process.stdout.write(JSON.stringify(results));
