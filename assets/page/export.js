// Saving a figure: what is seen, as one SVG or as a picture of it.
"use strict";

lectern.saveFigure = (() => {
  const MARGIN = 20; // px around the figure
  const LONGEST = 90; // characters of a sentence below a picture

  // Boxes with a colour become rectangles, lines of text become text; pictures that are SVG already
  // are kept as they are, and `pictures` holds those that had to be asked for.
  function drawn(element, pictures) {
    element.classList.add("exporting"); // nothing is cut off by a scroll area
    const area = element.getBoundingClientRect();
    let { width, height } = area;
    const parts = [];
    const reach = (box) => {
      width = Math.max(width, box.right - area.x);
      height = Math.max(height, box.bottom - area.y);
    };
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return parts.push(...words(node, area));
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches("[data-export=no]")) return;
      const style = getComputedStyle(node);
      const box = node.getBoundingClientRect();
      if (style.visibility === "hidden" || box.width * box.height === 0) return;
      if (pictures.has(node)) {
        reach(box);
        const url = svgUrl(pictures.get(node));
        const turned = `style="filter: ${style.filter}"`; // a map on a dark page
        return parts.push(`<image href="${url}" ${turned} ${place(box, area)}/>`);
      }
      if (node.tagName.toLowerCase() === "svg") {
        reach(box);
        return parts.push(copied(node, style, box, area));
      }
      parts.push(...frame(style, box, area));
      for (const child of node.childNodes) walk(child);
    };
    walk(element);
    element.classList.remove("exporting");
    return { width: width + 2 * MARGIN, height: height + 2 * MARGIN, body: parts.join("") };
  }

  const place = (box, area) =>
    `x="${box.x - area.x}" y="${box.y - area.y}" width="${box.width}" height="${box.height}"`;

  const svgUrl = (svg) => `data:image/svg+xml;base64,${base64(new TextEncoder().encode(svg))}`;

  function base64(bytes) {
    let letters = "";
    for (const byte of bytes) letters += String.fromCharCode(byte);
    return btoa(letters);
  }

  function copied(svg, style, box, area) {
    const copy = svg.cloneNode(true);
    for (const mark of copy.querySelectorAll(".mark")) mark.remove();
    const size = { x: box.x - area.x, y: box.y - area.y, width: box.width, height: box.height };
    for (const [name, value] of Object.entries(size)) copy.setAttribute(name, value);
    copy.setAttribute("color", style.color);
    copy.removeAttribute("style");
    return new XMLSerializer().serializeToString(copy);
  }

  // What a box shows by itself: its colour, the line under it, the frame around it.
  function frame(style, box, area) {
    const parts = [];
    const visible = (colour) => colour && !/rgba\(.*, 0\)|transparent/.test(colour);
    if (visible(style.backgroundColor)) {
      parts.push(`<rect ${place(box, area)} rx="3" fill="${style.backgroundColor}"/>`);
    }
    const line = style.borderBottomStyle !== "none" && parseFloat(style.borderBottomWidth) > 0;
    if (line && visible(style.borderBottomColor)) {
      const under = { x: box.x, y: box.bottom - 2, width: box.width, height: 2 };
      parts.push(`<rect ${place(under, area)} fill="${style.borderBottomColor}"/>`);
    }
    if (["dashed", "double"].includes(style.outlineStyle)) {
      const dash = style.outlineStyle === "dashed" ? 'stroke-dasharray="3 2"' : 'stroke-width="2"';
      const inside = { x: box.x + 0.5, y: box.y + 0.5, width: box.width - 1, height: box.height - 1 };
      parts.push(
        `<rect ${place(inside, area)} fill="none" stroke="${style.outlineColor}" ${dash}/>`,
      );
    }
    return parts;
  }

  // A text node as one <text> for each line that it takes on the page.
  function words(node, area) {
    if (!node.data.trim()) return [];
    const style = getComputedStyle(node.parentElement);
    const size = parseFloat(style.fontSize);
    return [...linesOf(node).values()].map(
      (line) =>
        `<text x="${line.x - area.x}" y="${line.y - area.y - 0.22 * size}" font-size="${size}" ` +
        // another program has other fonts, and the words must still stand side by side
        `textLength="${(line.right - line.x).toFixed(2)}" lengthAdjust="spacingAndGlyphs" ` +
        `xml:space="preserve" font-weight="${style.fontWeight}" fill="${style.color}" ` +
        `text-decoration="${style.textDecorationLine}" ` +
        `font-family="${style.fontFamily.replaceAll('"', "'")}">${escaped(line.text)}</text>`,
    );
  }

  const escaped = (text) =>
    text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

  function linesOf(node) {
    const range = document.createRange();
    const lines = new Map();
    let at = 0;
    let line = null;
    for (const sign of node.data) { // by code points: half an emoji is no text
      range.setStart(node, at);
      at += sign.length;
      range.setEnd(node, at);
      const box = range.getBoundingClientRect();
      if (box.width) {
        const bottom = Math.round(box.bottom);
        line = lines.get(bottom) ?? { x: box.x, right: box.right, y: box.bottom, text: "" };
        line.x = Math.min(line.x, box.x); // right-to-left text grows to the left
        line.right = Math.max(line.right, box.right);
        lines.set(bottom, line);
      } else if (!line || !sign.trim()) {
        continue; // collapsed space; an accent has no width either, but is kept
      }
      line.text += sign;
    }
    return lines;
  }

  // A bertviz frame has an origin of its own, so its picture is asked for by a message.
  function askFrame(iframe) {
    return new Promise((resolve) => {
      const hear = (event) => {
        if (event.source !== iframe.contentWindow) return;
        window.removeEventListener("message", hear);
        resolve(String(event.data));
      };
      window.addEventListener("message", hear);
      iframe.contentWindow.postMessage("svg", "*");
    });
  }

  async function askPlot(plot) {
    const { width, height } = plot.getBoundingClientRect();
    const url = await window.Plotly.toImage(plot, { format: "svg", width, height });
    return decodeURIComponent(url.slice(url.indexOf(",") + 1));
  }

  async function asked(element) {
    const pictures = new Map();
    for (const frame of element.querySelectorAll("iframe")) pictures.set(frame, await askFrame(frame));
    for (const plot of element.querySelectorAll(".js-plotly-plot")) {
      if (plot.offsetParent) pictures.set(plot, await askPlot(plot));
    }
    return pictures;
  }

  // The page's own faces, so that the picture looks the same where they are not installed.
  async function faces(body) {
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
    const letters = [...new Set(body)].map((letter) => letter.codePointAt(0));
    const isNeeded = ({ style }) =>
      body.includes(style.getPropertyValue("font-family").replace(/["']/g, "")) &&
      style.getPropertyValue("unicode-range").split(",").some((range) => {
        const [low, high] = range.match(/[0-9a-f]+/gi).map((end) => parseInt(end, 16));
        return letters.some((letter) => low <= letter && letter <= (high ?? low));
      });
    const used = rules.filter((rule) => rule instanceof CSSFontFaceRule && isNeeded(rule));
    const inlined = used.map(async (rule) => {
      const [whole, path] = /url\("([^"]+)"\)/.exec(rule.cssText);
      const answer = await fetch(new URL(path, document.baseURI));
      const data = base64(new Uint8Array(await answer.arrayBuffer()));
      return rule.cssText.replace(whole, `url("data:font/woff2;base64,${data}")`);
    });
    return (await Promise.all(inlined)).join("");
  }

  const LINE = 24; // px of a line below the picture

  // What a picture on a slide must say itself: the sentence, and where to find it again.
  function whence(stem) {
    const typed = document.querySelector(`.room.${stem} .area.input textarea`)?.value.trim().replace(/\s+/g, " ");
    const sentence = typed && `“${typed.length > LONGEST ? `${typed.slice(0, LONGEST - 1)}…` : typed}”`;
    const link = new URL(location.href);
    link.searchParams.delete("__theme");
    return [sentence, link.href].filter(Boolean);
  }

  async function svgOf(element, lines = []) {
    const figure = drawn(element, await asked(element));
    const { width } = figure;
    const height = figure.height + lines.length * LINE;
    const { color, fontFamily } = getComputedStyle(element);
    const below = lines.map((line, place) =>
      `<text x="0" y="${figure.height - MARGIN + (place + 0.5) * LINE}" font-size="16" fill="${color}" ` +
      `font-family="${fontFamily.replaceAll('"', "'")}">${escaped(line)}</text>`);
    const body = figure.body + below.join("");
    const paper = getComputedStyle(document.body).backgroundColor;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<style>${await faces(body)}</style><rect width="100%" height="100%" fill="${paper}"/>` +
      `<g transform="translate(${MARGIN} ${MARGIN})">${body}</g></svg>`
    );
  }

  return async function saveFigure(stem, kind) {
    // What was refused has no figure: the one that still stands there is of what was asked before.
    if (document.querySelector(`.room.${stem} .note [role="alert"]`)) return;
    const name = `lectern-${stem}.${kind}`;
    const svg = await svgOf(lectern.find(`${stem}-figure`), kind === "copy" ? whence(stem) : []);
    const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    if (kind === "svg") return lectern.download(name, url);
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * image.width; // twice as fine, for projectors
    canvas.height = 2 * image.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const save = (as) => lectern.download(as, canvas.toDataURL("image/png"));
    if (kind !== "copy") return save(name);
    // Only a page of this machine, or one that came encrypted, may copy; elsewhere it is a file.
    if (!window.ClipboardItem) return save(`lectern-${stem}.png`);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    return navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
  };
})();
