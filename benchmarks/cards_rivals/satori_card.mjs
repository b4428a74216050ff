// The card by satori and resvg-js; prints the CPU milliseconds a card, warm. The job comes as JSON on standard input.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const satoriModule = await import(pathToFileURL(require.resolve("satori")).href);
const satori = satoriModule.default?.default ?? satoriModule.default;
const { Resvg } = require("@resvg/resvg-js");
const job = JSON.parse(readFileSync(0, "utf8"));
const font = (name, weight) => ({ name: "J", weight, data: readFileSync(`${job.fonts}/PlusJakartaSans-${name}.ttf`) });
const fonts = [font("Regular", 400), font("ExtraBold", 800)];
const photo = "data:image/jpeg;base64," + readFileSync(job.photo).toString("base64");
const box = (style, children) => ({ type: "div", props: { style: { display: "flex", position: "absolute", ...style }, children } });

function card(f) {
  const size = f.headline.length > 60 ? 64 : f.headline.length > 40 ? 78 : 92;
  return box({ width: 1080, height: 1080, color: "white", fontFamily: "J", position: "relative" }, [
    { type: "img", props: { src: photo, width: 1440, height: 1080, style: { position: "absolute", left: -180, top: 0 } } },
    box({ left: 0, top: 378, width: 1080, height: 702, backgroundImage: "linear-gradient(transparent, #031433cc 30%)" }),
    box({ left: 64, top: 56, width: 110, height: 110, background: "#f2b705", borderRadius: 18 }),
    box({ right: 64, top: 56, width: 150, height: 150, borderRadius: 75, border: "6px solid white" }),
    box({ left: 64, bottom: 136, width: 952, flexDirection: "column" }, [
      { type: "div", props: { style: { fontSize: size, fontWeight: 800, lineHeight: 1.08 }, children: f.headline } },
      { type: "div", props: { style: { fontSize: 34, lineHeight: 1.35, marginTop: 28 }, children: f.body } },
    ]),
    box({ left: 0, bottom: 0, width: 1080, height: 96, background: "#0b3d91", padding: "28px 64px", fontWeight: 800, fontSize: 28 },
      "Dinas Komunikasi dan Informatika Kota Contoh"),
  ]);
}

const warm = Math.min(5, Math.floor(job.cards.length / 3));
let start;
for (const [number, fields] of job.cards.entries()) {
  if (number === warm) start = process.cpuUsage();
  const svg = await satori(card(fields), { width: 1080, height: 1080, fonts });
  new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng();
}
const spent = process.cpuUsage(start);
console.log((spent.user + spent.system) / 1000 / (job.cards.length - warm));
