// Returns the texts on a page that are hard to read, as WCAG 2 computes it (1.4.3), with what the filters of elements make of their
// colours. It runs in the page.
module.exports = () => {
  const parse = (colour) => {
    const [r, g, b, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { rgb: [r / 255, g / 255, b / 255], alpha };
  };
  const clamp = (x) => Math.min(1, Math.max(0, x));
  const invert = (rgb, amount) => rgb.map((x) => amount - (2 * amount - 1) * x);
  const turn = ([r, g, b]) => { // hue-rotate(180deg)
    const twice = 2 * (0.213 * r + 0.715 * g + 0.072 * b);
    return [twice - r, twice - g, twice - b].map(clamp);
  };
  const shown = (rgb, element) => {
    for (let e = element; e; e = e.parentElement) {
      const amount = getComputedStyle(e).filter.match(/^invert\(([\d.]+)\) hue-rotate\(180deg\)$/);
      if (amount) rgb = turn(invert(rgb, Number(amount[1])));
    }
    return rgb;
  };
  const over = (under, rgb, alpha) => under.map((x, i) => x * (1 - alpha) + rgb[i] * alpha);
  const background = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.alpha > 0) layers.unshift([shown(c.rgb, e), c.alpha]);
    }
    return layers.reduce((under, [rgb, alpha]) => over(under, rgb, alpha), [1, 1, 1]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const out = new Set();
  const check = (element, text, colour) => {
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (!text.trim() || !width || !height || style.visibility === "hidden") return;
    let { rgb, alpha } = parse(colour);
    for (let e = element; e; e = e.parentElement) alpha *= Number(getComputedStyle(e).opacity);
    const below = background(element);
    const [a, b] = [luminance(below), luminance(over(below, shown(rgb, element), alpha))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) out.add(`${element.tagName.toLowerCase()}.${element.className} ${JSON.stringify(text.trim().slice(0, 30))} has a contrast of ${ratio.toFixed(2)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!["SCRIPT", "STYLE", "NOSCRIPT"].includes(e.tagName)) check(e, texts.currentNode.data, getComputedStyle(e).color);
  }
  for (const e of document.querySelectorAll("input, textarea, select")) {
    check(e, e.value || e.placeholder || "", getComputedStyle(e, e.value ? null : "::placeholder").color);
  }
  return [...out];
};
