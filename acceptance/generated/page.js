// Visits /docs in Chromium as it comes, light and dark, on a phone and on a screen: signs in, places an order with
// "Try it out" without editing anything, and opens what can be opened. Prints what the server answered and each text whose contrast is under 4.5.
const fs = require("fs");
const os = require("os");
const path = require("path");
const puppeteer = require("puppeteer-core");
const contrast = require("./contrast.js");

const place = "#operations-orders-placeOrder";

async function visit(browser, scheme, width, unreadable) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(process.env.COMANDA_URL + "/docs", { waitUntil: "networkidle0" });
  await page.addStyleTag({ content: "* { transition: none !important; animation: none !important }" });
  const click = async (selector) => (await page.waitForSelector(selector)).evaluate((e) => e.click());
  const look = async (where) => {
    for (const text of await page.evaluate(contrast)) unreadable.add(`${scheme}, ${where}: ${text}`);
  };
  await look("top");
  await click(".btn.authorize");
  await (await page.waitForSelector(".auth-container input")).focus();
  await page.keyboard.sendCharacter(process.env.ID_TOKEN);
  await look("dialog");
  await click(".auth-btn-wrapper .authorize");
  await page.waitForSelector(".auth-container code");
  await look("dialog, signed in");
  await click(".modal-ux .close-modal");
  await click(`${place} .opblock-summary-control`);
  await click(`${place} .try-out__btn`);
  await page.waitForSelector(`${place} textarea`);
  await look("an operation");
  await click(`${place} .execute`);
  await page.waitForSelector(`${place} .live-responses-table .response td.response-col_status`);
  await look("an answer");
  const status = await page.$eval(`${place} .live-responses-table .response td.response-col_status`, (e) => e.textContent.trim());
  await page.$$eval(`${place} .tablinks`, (all) => all.filter((e) => e.textContent === "Schema").forEach((e) => e.click()));
  await page.waitForFunction((place) => {
    document.querySelectorAll(`${place} .json-schema-2020-12-accordion__icon--collapsed`).forEach((e) => e.parentElement.click());
    return document.querySelector(`${place} .json-schema-2020-12__constraint`);
  }, { polling: 200 }, place);
  await look("schemas");
  if (process.env.PICTURES) await page.screenshot({ path: path.join(process.env.PICTURES, `${scheme}-${width}.png`), fullPage: true });
  await page.close();
  return status;
}

async function main() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "docs-"));
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", userDataDir: profile,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    const unreadable = new Set();
    const answers = [];
    for (const scheme of ["light", "dark"]) for (const width of [390, 1280]) answers.push(await visit(browser, scheme, width, unreadable));
    console.log(JSON.stringify({ answers, unreadable: [...unreadable] }));
  } finally {
    await browser.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
