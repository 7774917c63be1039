// A report's page: decodes what report.cpp packed and draws it on canvases. No library, no network.
//
//     state {frame, layers, theme}  <-->  the address: #frame=12&layers=surface,real&theme=dark
//         |
//         +--> draw(): every figure at that frame, its caption, its text for who cannot see it
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const runs = report.runs;
const one = runs[0];
const ofImages = one.width !== undefined;
const frameCount = Math.max(...runs.map(run => run.frames.length));
const find = selector => document.querySelector(selector);

// <tag> with these properties and children.
function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

// ---------------------------------------------------------------------------------------- numbers

function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
}

// 16 bits each, the low byte first: 0 to 65534 is low to high, 65535 no number.
function unpack(base64, low, high) {
    const bytes = bytesOf(base64);
    const numbers = new Float64Array(bytes.length / 2);
    for (let i = 0; i < numbers.length; i++) {
        const stored = bytes[2 * i] + 256 * bytes[2 * i + 1];
        numbers[i] = stored === 65535 ? NaN : low + stored / 65534 * (high - low);
    }
    return numbers;
}

// Points of the plane as [x, y, x, y, ...]; those of the line get y = 0. They may lie around the box, up to its size.
function unpackPoints(base64, run) {
    const [left, right, bottom, top] = run.box;
    const shares = unpack(base64, 0, 1);
    const d = run.dimensions;
    const points = new Float64Array(2 * shares.length / d);
    for (let i = 0; i < points.length / 2; i++) {
        points[2 * i] = left + (3 * shares[d * i] - 1) * (right - left);
        if (d === 2) points[2 * i + 1] = bottom + (3 * shares[2 * i + 1] - 1) * (top - bottom);
    }
    return points;
}

function decoded(run, frame) {
    if (frame.decoded) return frame.decoded;
    if (ofImages) return frame.decoded = {images: bytesOf(frame.images), walk: bytesOf(frame.walk)};
    return frame.decoded = {
        fakes: unpackPoints(frame.fakes, run),
        surface: unpack(frame.surface, frame.low, frame.high),
        arrows: unpack(frame.arrows, -frame.longest, frame.longest),
        lattice: unpackPoints(frame.lattice, run),
    };
}

function short(x, digits = 3) {
    if (x === null || x === undefined || !isFinite(x)) return "not a number";
    if (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5)) {
        const [factor, power] = x.toExponential(1).split("e");
        const raised = power.replace("+", "").replace(/[-\d]/g, c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || "⁻");
        return factor.replace(/\.0$/, "") + "·10" + raised;
    }
    return String(+x.toPrecision(digits)).replace("-", "−");
}

const percent = x => x !== null && isFinite(x) ? Math.round(100 * x) + " %" : "no number";
const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

for (const run of runs) {
    if (!ofImages) run.realPoints = unpackPoints(run.real, run);
    if (ofImages) run.realPixels = bytesOf(run.real);
    // Arrows of all moments have one scale, so that a gradient which vanishes is seen to vanish.
    const longest = run.frames.map(frame => frame.longest || 0).sort((a, b) => a - b);
    run.arrowScale = longest[Math.floor(0.8 * (longest.length - 1))] || 1;
}

// ---------------------------------------------------------------------------------------- state

const layers = [
    {name: "surface", key: "s", label: "D", icon: '<rect x="1" y="2" width="7" height="12" fill="var(--low)"/>' +
        '<rect x="8" y="2" width="7" height="12" fill="var(--high)"/>' +
        '<rect x="1" y="2" width="14" height="12" fill="none" stroke="var(--soft)"/>'},
    {name: "real", key: "r", label: "real",
     icon: '<circle cx="8" cy="8" r="4" fill="none" stroke="var(--real)" stroke-width="1.8"/>'},
    {name: "fakes", key: "g", label: "generated", icon: '<circle cx="8" cy="8" r="4.5" fill="var(--fake)"/>'},
    {name: "arrows", key: "a", label: "gradient",
     icon: '<path d="M2 13 L12 4 M7 4 H12 V9" fill="none" stroke="var(--arrow)" stroke-width="1.8"/>'},
    {name: "lattice", key: "l", label: "latent grid",
     icon: '<path d="M1 5 Q8 2 15 5 M1 11 Q8 8 15 11 M5 1 Q3 8 5 15 M11 1 Q9 8 11 15" fill="none" ' +
        'stroke="var(--lattice)" stroke-width="1.4"/>'},
];
const usual = ["surface", "real", "fakes", "arrows"];
const darkRoom = matchMedia("(prefers-color-scheme: dark)");
const state = {frame: frameCount - 1, layers: new Set(usual), theme: null};

function readAddress() {
    const fields = new URLSearchParams(location.hash.slice(1));
    const frame = parseInt(fields.get("frame"), 10);
    if (!isNaN(frame)) state.frame = Math.min(Math.max(frame, 0), frameCount - 1);
    if (fields.has("layers")) state.layers = new Set(fields.get("layers").split(","));
    if (["dark", "light"].includes(fields.get("theme"))) state.theme = fields.get("theme");
}

function writeAddress() {
    let hash = "#frame=" + state.frame;
    const shown = layers.map(layer => layer.name).filter(name => state.layers.has(name));
    if (shown.join() !== usual.join()) hash += "&layers=" + shown.join();
    if (state.theme) hash += "&theme=" + state.theme;
    if (hash !== location.hash) history.replaceState(null, "", hash);
}

const isDark = () => state.theme ? state.theme === "dark" : darkRoom.matches;

let colours = {};
function readColours() {
    document.documentElement.classList.toggle("dark", isDark());
    const style = getComputedStyle(document.documentElement);
    const names = ["ink", "soft", "rule", "real", "fake", "arrow", "lattice", "cursor", "D", "G", "low", "high"];
    for (const name of names)
        colours[name] = style.getPropertyValue("--" + name).trim();
    find(".theme").textContent = isDark() ? "light" : "dark";
}

const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

// ---------------------------------------------------------------------------------------- canvases

// A canvas in CSS pixels, as sharp as the screen.
function open2d(canvas) {
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const g = canvas.getContext("2d");
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, width, height);
    g.font = (width < 260 ? 12 : 13) + "px system-ui, 'DejaVu Sans', sans-serif";
    g.lineJoin = "round";
    return {g, width, height};
}

// Strokes what `path` traces.
function stroke(g, colour, {width = 1, alpha = 1, dash = []}, path) {
    Object.assign(g, {strokeStyle: colour, lineWidth: width, globalAlpha: alpha});
    g.setLineDash(dash);
    g.beginPath();
    path();
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
}

function fill(g, colour, alpha, path) {
    Object.assign(g, {fillStyle: colour, globalAlpha: alpha});
    g.beginPath();
    path();
    g.fill();
    g.globalAlpha = 1;
}

const trace = (g, points) => points.forEach(([x, y], i) => i ? g.lineTo(x, y) : g.moveTo(x, y));

// The numbers 0 to n - 1.
const upTo = n => Array.from({length: n}, (_, i) => i);

function ticks(low, high, most) {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999) * power;
    const result = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) result.push(k * step);
    return result;
}

// Powers of ten, or where these are few also 2 and 5 times as much; at most as many as there is room for.
function logTicks(low, high, most) {
    const result = [];
    const factors = high / low < 300 ? [1, 2, 5] : [1];
    for (let k = Math.floor(Math.log10(low)); 10 ** k <= high; k++)
        result.push(...factors.map(factor => factor * 10 ** k).filter(tick => tick >= low && tick <= high));
    const stride = Math.ceil(result.length / Math.max(most, 2));
    return result.filter((_, i) => i % stride === 0);
}

// ---------------------------------------------------------------------------------------- the plane

// The box of the data as the largest square in the canvas, with its scale around it.
function openPlane(canvas, run) {
    const {g, width, height} = open2d(canvas);
    const [left, right, bottom, top] = run.box;
    const scaled = runs.length === 1;
    const marginLeft = scaled ? 38 : 0, marginBottom = scaled ? 20 : 0;
    const unit = Math.min((width - marginLeft - 2) / (right - left), (height - marginBottom - 4) / (top - bottom));
    const w = unit * (right - left), h = unit * (top - bottom);
    const x0 = marginLeft + (width - marginLeft - w) / 2, y0 = 2;
    const plane = {g, x0, y0, w, h, unit, across: x => x0 + (x - left) * unit, down: y => y0 + h - (y - bottom) * unit};
    g.fillStyle = colours.soft;
    g.textAlign = "center";
    for (const tick of scaled ? ticks(left, right, w / 70) : [])
        g.fillText(short(tick), plane.across(tick), y0 + h + 15);
    g.textAlign = "right";
    for (const tick of scaled ? ticks(bottom, top, h / 60) : [])
        g.fillText(short(tick), x0 - 5, plane.down(tick) + 4);
    g.save();
    g.beginPath();
    g.rect(x0, y0, w, h);
    g.clip();
    return plane;
}

function closePlane({g, x0, y0, w, h}) {
    g.restore();
    Object.assign(g, {strokeStyle: colours.rule, lineWidth: 1});
    g.strokeRect(Math.round(x0) - 0.5, Math.round(y0) - 0.5, Math.round(w) + 1, Math.round(h) + 1);
}

function drawSurface(plane, run, surface, low, high) {
    const n = run.cells;
    const small = document.createElement("canvas");
    small.width = small.height = n;
    const pen = small.getContext("2d");
    const image = pen.createImageData(n, n);
    const from = rgb(colours.low), to = rgb(colours.high);
    for (let row = 0; row < n; row++) {
        for (let column = 0; column < n; column++) {
            const value = surface[row * n + column];
            const share = high > low ? (value - low) / (high - low) : 0.5;
            const at = 4 * ((n - 1 - row) * n + column);  // the canvas begins at the top
            for (let c = 0; c < 3; c++) image.data[at + c] = isNaN(value) ? 128 : from[c] + share * (to[c] - from[c]);
            image.data[at + 3] = 255;
        }
    }
    pen.putImageData(image, 0, 0);
    plane.g.imageSmoothingEnabled = true;
    plane.g.imageSmoothingQuality = "high";
    plane.g.drawImage(small, plane.x0, plane.y0, plane.w, plane.h);
    if (run.undecided !== null) drawContour(plane, n, surface, run.undecided);
}

// Where the surface crosses the level: in each square of four cells the line from edge to edge (marching squares).
function drawContour({g, x0, y0, w, h}, n, surface, level) {
    const place = (row, column) => [x0 + (column + 0.5) / n * w, y0 + h - (row + 0.5) / n * h];
    const crossing = (a, b) => {
        const va = surface[a[0] * n + a[1]] - level, vb = surface[b[0] * n + b[1]] - level;
        if (va > 0 === vb > 0 || isNaN(va) || isNaN(vb)) return [];
        const t = va / (va - vb), from = place(...a), to = place(...b);
        return [[from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]];
    };
    stroke(g, colours.ink, {width: 1.4, alpha: 0.65}, () => {
        for (const row of upTo(n - 1)) for (const column of upTo(n - 1)) {
            const corners = [[row, column], [row, column + 1], [row + 1, column + 1], [row + 1, column]];
            const crossings = corners.flatMap((corner, k) => crossing(corner, corners[(k + 1) % 4]));
            for (let k = 0; k + 1 < crossings.length; k += 2) trace(g, crossings.slice(k, k + 2));
        }
    });
}

function drawReal({g, across, down, w}, points, opacity = 1) {
    for (let i = 0; i < points.length; i += 2)
        stroke(g, colours.real, {alpha: 0.75 * opacity},
            () => g.arc(across(points[i]), down(points[i + 1]), w < 300 ? 1.6 : 2.2, 0, 7));
}

function drawFakes({g, across, down, w}, points) {
    for (let i = 0; i < points.length; i += 2) if (!isNaN(points[i]))
        fill(g, colours.fake, 0.85, () => g.arc(across(points[i]), down(points[i + 1]), w < 300 ? 1.5 : 2.1, 0, 7));
}

// Each from a generated point along -dL_G/dx. Lengths grow with the root of the gradient's, so that strong and weak
// ones are seen together, up to a tenth of the picture.
function drawArrows({g, across, down, w}, run, fakes, arrows) {
    const d = run.dimensions, stride = w < 300 ? 2 : 1;
    stroke(g, colours.arrow, {width: 1.1}, () => {
        for (let i = 0; i < arrows.length / d; i += stride) {
            const gx = arrows[d * i], gy = d === 2 ? arrows[2 * i + 1] : 0, size = Math.hypot(gx, gy);
            const length = Math.min(Math.sqrt(size / run.arrowScale), 1) * w / 10;
            if (!(length > 1)) continue;
            const dx = gx / size * length, dy = -gy / size * length, barb = Math.min(5, 0.5 * length) / length;
            const x = across(fakes[2 * i]), y = down(fakes[2 * i + 1]), head = [x + dx, y + dy];
            trace(g, [[x, y], head]);
            for (const side of [-0.5, 0.5])
                trace(g, [head, [head[0] - barb * (dx - side * dy), head[1] - barb * (dy + side * dx)]]);
        }
    });
}

// The latent square as G maps it. Each cell holds its share of the noise: where G makes cells small, samples are dense,
// and the cell is dark.
function drawLattice({g, across, down, w}, run, nodes, filled) {
    const {rows, columns} = run;
    const at = (row, column) => {
        const i = 2 * (row * columns + column);
        return [across(nodes[i]), down(nodes[i + 1])];
    };
    const z = i => -2 + 4 * i / (columns - 1);
    if (filled) for (const row of upTo(rows - 1)) for (const column of upTo(columns - 1)) {
        const corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)];
        const area = corners.reduce((sum, a, k) => {
            const b = corners[(k + 1) % 4];
            return sum + (a[0] * b[1] - a[1] * b[0]) / 2;
        }, 0);
        const share = Math.exp(-(z(column + 0.5) ** 2 + z(row + 0.5) ** 2) / 2);
        const density = share / Math.max(Math.abs(area) / (w * w) * 200, 0.02);
        fill(g, colours.lattice, Math.min(0.6, 0.12 * Math.sqrt(density)), () => trace(g, corners));
    }
    for (const [outer, inner, node] of [[rows, columns, at], [columns, rows, (a, b) => at(b, a)]])
        for (const i of upTo(outer))
            drawThread(g, 2 * i === outer - 1, i % 4 ? 0.35 : 0.8, upTo(inner).map(k => node(i, k)));
}

// One line of the latent grid; the axes of z are thick.
function drawThread(g, isAxis, alpha, points) {
    stroke(g, colours.lattice, {width: isAxis ? 2.2 : 1, alpha: isAxis ? 1 : alpha}, () => trace(g, points));
}

// ---------------------------------------------------------------------------------------- the line

// One dimension: histograms of real and generated, and D(x), each over its own height.
function drawLine(canvas, run, frame, shows) {
    const {g, width, height} = open2d(canvas);
    const [left, right] = run.box;
    const x0 = 8, w = width - 16, h = height - 22, bins = 50;
    const across = x => x0 + (x - left) / (right - left) * w;
    const histogram = points => {
        const counts = new Float64Array(bins);
        for (let i = 0; i < points.length; i += 2) {
            const bin = Math.floor((points[i] - left) / (right - left) * bins);
            if (bin >= 0 && bin < bins) counts[bin] += 2 * bins / points.length / 12;
        }
        return counts;
    };
    const outline = counts => () => trace(g, [[x0, h], ...Array.from(counts).flatMap((count, i) =>
        [i, i + 1].map(end => [x0 + end / bins * w, h - Math.min(count, 1) * h])), [x0 + w, h]]);
    const {fakes, surface, arrows} = decoded(run, frame);
    if (shows.has("fakes")) fill(g, colours.fake, 0.6, outline(histogram(fakes)));
    if (shows.has("real")) stroke(g, colours.real, {width: 1.6}, outline(histogram(run.realPoints)));
    if (shows.has("surface")) stroke(g, colours.D, {width: 2, dash: [6, 4]}, () =>
        trace(g, Array.from(surface).map((value, i) => [x0 + (i + 0.5) / surface.length * w,
            h - 8 - (value - frame.low) / (frame.high - frame.low || 1) * (h - 16)])));
    const plane = {g, across, down: () => h - 10, w};
    if (shows.has("arrows")) drawArrows(plane, run, fakes, arrows);
    g.fillStyle = colours.soft;
    g.textAlign = "center";
    for (const tick of ticks(left, right, w / 70)) g.fillText(short(tick), across(tick), height - 5);
    g.strokeStyle = colours.rule;
    g.strokeRect(x0, 0.5, w, h);
}

// ---------------------------------------------------------------------------------------- pictures

function drawImages(canvas, run, pixels, columns) {
    const {g, width, height} = open2d(canvas);
    const {width: w, height: h} = run;
    const count = pixels.length / (w * h), rows = Math.ceil(count / columns), gap = 1;
    const sheet = document.createElement("canvas");
    sheet.width = columns * (w + gap) - gap;
    sheet.height = rows * (h + gap) - gap;
    const pen = sheet.getContext("2d");
    for (let i = 0; i < count; i++) {
        const image = pen.createImageData(w, h);
        for (let k = 0; k < w * h; k++) {
            image.data.fill(pixels[i * w * h + k], 4 * k, 4 * k + 3);
            image.data[4 * k + 3] = 255;
        }
        pen.putImageData(image, i % columns * (w + gap), Math.floor(i / columns) * (h + gap));
    }
    const scale = Math.min(width / sheet.width, height / sheet.height);
    g.imageSmoothingEnabled = scale < 1.5;
    const shownWidth = scale * sheet.width, shownHeight = scale * sheet.height;
    g.drawImage(sheet, (width - shownWidth) / 2, (height - shownHeight) / 2, shownWidth, shownHeight);
}

// ---------------------------------------------------------------------------------------- curves

// Mean of up to nine neighbours.
function smoothed(values) {
    return values.map((_, i) => {
        const near = values.slice(Math.max(i - 4, 0), i + 5).filter(v => v !== null);
        return near.length ? near.reduce((a, b) => a + b) / near.length : null;
    });
}

// series: [{label, x, y, colour, dash, smooth}]; options: {steps, log, low, high}
function drawCurves(canvas, series, options, step) {
    const {g, width, height} = open2d(canvas);
    const left = 46;
    const right = 8, bottom = 19, top = 26;
    const w = width - left - right, h = height - top - bottom;
    let low = options.low, high = options.high;
    if (low === undefined) {
        // Without the outermost hundredth, which a single batch can drive anywhere.
        const all = series.flatMap(s => s.y).filter(v => v !== null && (!options.log || v > 0)).sort((a, b) => a - b);
        low = all.length ? all[Math.floor(0.01 * (all.length - 1))] : options.log ? 0.1 : 0;  // log 0: no axis
        high = all.length ? all[Math.ceil(0.99 * (all.length - 1))] : 1;
        if (options.fromZero) low = 0;
        if (options.log) [low, high] = [low / 1.3, Math.max(high, low * 1.5) * 1.3];
        else if (high - low < 1e-9) [low, high] = [low - 0.5, high + 0.5];
        else [low, high] = [low - (options.fromZero ? 0 : 0.06 * (high - low)), high + 0.06 * (high - low)];
    }
    const share = options.log ? v => Math.log(v / low) / Math.log(high / low) : v => (v - low) / (high - low);
    const across = x => left + x / options.steps * w;
    const down = y => top + h - Math.min(Math.max(share(y), -1), 2) * h;

    g.textAlign = "right";
    for (const tick of options.log ? logTicks(low, high, h / 24) : ticks(low, high, Math.min(Math.max(h / 24, 2), 7))) {
        const y = Math.round(down(tick)) + 0.5;
        stroke(g, colours.rule, {}, () => trace(g, [[left, y], [left + w, y]]));
        g.fillStyle = colours.soft;
        g.fillText(short(tick, 2), left - 5, y + 4);
    }
    g.textAlign = "center";
    for (const tick of ticks(0, options.steps, w / 62)) {
        const text = grouped(tick);
        g.fillText(text, Math.min(across(tick), width - 1 - g.measureText(text).width / 2), height - 4);
    }

    // Names above, in the order of the lines, with a piece of each line.
    let x = options.title ? 2 : left;
    g.textAlign = "left";
    if (options.title) {
        g.fillStyle = colours.ink;
        g.fillText(options.title, x, 14);
        x += g.measureText(options.title).width + 14;
    }
    for (const s of series) {
        const from = x;
        stroke(g, s.colour, {width: 2.2, dash: s.dash}, () => trace(g, [[from, 9.5], [from + 20, 9.5]]));
        g.fillStyle = colours.ink;
        g.fillText(s.label, x + 25, 14);
        x += 25 + g.measureText(s.label).width + 14;
    }

    g.save();
    g.beginPath();
    g.rect(left, top - 1, w, h + 2);
    g.clip();
    const curve = (xs, ys) => () => {
        let drawing = false;
        ys.forEach((y, i) => {
            const usable = y !== null && (!options.log || y > 0);
            if (usable) drawing ? g.lineTo(across(xs[i]), down(y)) : g.moveTo(across(xs[i]), down(y));
            drawing = usable;
        });
    };
    for (const s of series) {
        if (s.smooth) stroke(g, s.colour, {alpha: 0.3}, curve(s.x, s.y));
        stroke(g, s.colour, {width: 2, dash: s.dash}, curve(s.x, s.smooth ? smoothed(s.y) : s.y));
    }
    g.restore();
    stroke(g, colours.cursor, {width: 1.5}, () => trace(g, [[across(step), top], [across(step), top + h]]));
    canvas.stepAt = pixel => (pixel - left) / w * options.steps;
}

// ---------------------------------------------------------------------------------------- figures
//
// A figure: {element, canvas, draw(frame, step) -> caption}. Its caption says in numbers what the picture shows.

const figures = [];

function addFigure(kind, title, draw, isCurve) {
    const canvas = make("canvas", {className: isCurve ? "curve" : "", role: "img"});
    const caption = make("figcaption", {});
    find("main").append(make("figure", {className: kind}, make("h2", {textContent: title}), canvas, caption));
    if (isCurve) canvas.addEventListener("pointerdown", event => {
        if (canvas.stepAt) goTo(frameAt(canvas.stepAt(event.offsetX)));
    });
    figures.push({canvas, caption, title, draw});
}

const frameOf = run => run.frames[Math.min(state.frame, run.frames.length - 1)];
const rowAt = (run, step) => Math.max(run.curves.step.findLastIndex(s => s <= step), 0);

// The frame whose step is the nearest.
function frameAt(step) {
    let best = 0;
    one.frames.forEach((frame, i) => {
        if (Math.abs(frame.step - step) < Math.abs(one.frames[best].step - step)) best = i;
    });
    return best;
}

function quality(run, frame) {
    if (!frame.quality) return "";
    const [modes, share, kl] = frame.quality;
    return modes + " of " + run.centres + " modes, " + percent(share) + " high quality" +
        (kl === null ? "" : ", KL " + short(kl, 2)) + ". ";
}

function addWorld(run) {
    addFigure("world", runs.length > 1 ? run.name : "Data, samples and discriminator", canvas => {
        const frame = frameOf(run);
        const {fakes, surface, arrows, lattice} = decoded(run, frame);
        const shows = state.layers;
        if (run.dimensions === 1) {
            drawLine(canvas, run, frame, shows);
        } else {
            const plane = openPlane(canvas, run);
            if (shows.has("surface")) drawSurface(plane, run, surface, frame.low, frame.high);
            if (shows.has("lattice")) drawLattice(plane, run, lattice, false);
            if (shows.has("real")) drawReal(plane, run.realPoints);
            if (shows.has("fakes")) drawFakes(plane, fakes);
            if (shows.has("arrows")) drawArrows(plane, run, fakes, arrows);
            closePlane(plane);
        }
        const [lowest, highest] = run.dimensions === 1 ? ["", ", dashed"] : [" (dark)", " (light)"];
        return quality(run, frame) + "D from " + short(frame.low, 2) + lowest + " to " + short(frame.high, 2) +
            highest + ". Longest gradient " + short(frame.longest, 2) + ".";
    });
}

function addLatent(run) {
    addFigure("latent", run.latent > 1 ? "The latent square, as G maps it" : "From z to x, as G maps it", canvas => {
        const frame = frameOf(run);
        const {lattice} = decoded(run, frame);
        if (run.dimensions === 1) {
            drawMapOfLine(canvas, run, lattice);
        } else {
            const plane = openPlane(canvas, run);
            if (state.layers.has("real")) drawReal(plane, run.realPoints, 0.45);
            drawLattice(plane, run, lattice, true);
            closePlane(plane);
        }
        const others = run.latent > 2 ? "First two of " + run.latent + " coordinates, the others 0: " : "";
        if (run.dimensions === 1) return others + "z from −2 to 2 to the right, x upwards.";
        return others + "z from −2 to 2" +
            (run.latent > 1 ? " both ways; thick: the axes of z. Strong colour: dense." : ".");
    });
}

// From z1 (to the right) to x (upwards), for each z2.
function drawMapOfLine(canvas, run, nodes) {
    const {g, width, height} = open2d(canvas);
    const [left, right] = run.box;
    for (const row of upTo(run.rows)) drawThread(g, 2 * row === run.rows - 1, 0.35, upTo(run.columns).map(k =>
        [4 + k / (run.columns - 1) * (width - 8),
         height - (nodes[2 * (row * run.columns + k)] - left) / (right - left) * height]));
    g.strokeStyle = colours.rule;
    g.strokeRect(0.5, 0.5, width - 1, height - 1);
}

function addCurve(kind, [title, brief], run, series, options, caption) {
    addFigure(kind, title, canvas => {
        const step = frameOf(run).step;
        const lines = series.map(s => ({x: run.curves.step, smooth: true, dash: [], ...s, colour: colours[s.ink]}));
        const inside = runs.length > 1 ? brief : "";  // four columns leave no room for headings
        drawCurves(canvas, lines, {steps: run.steps, title: inside, ...options}, step);
        return caption(rowAt(run, step), frameOf(run));
    }, true);
}

const dashed = [7, 4];

function addLosses(run, kind = "losses") {
    const {D_loss, G_loss} = run.curves;
    addCurve(kind, ["Losses, both minimised", "Losses"], run,
        [{label: "D", ink: "D", y: D_loss}, {label: "G", ink: "G", y: G_loss, dash: dashed}], {},
        row => "D " + short(D_loss[row]) + ", G " + short(G_loss[row]) + ".");
}

function addSays(run, kind = "says") {
    const {real, fake, real_right, fake_right} = run.curves;
    addCurve(kind, [run.logistic ? "D’s probability of “real”" : "D’s outputs, no probabilities", "D says"], run,
        [{label: "D(x)", ink: "D", y: real}, {label: "D(G(z))", ink: "G", y: fake, dash: dashed}],
        run.logistic ? {low: 0, high: 1} : {},
        row => "D(x) " + short(real[row]) + ", D(G(z)) " + short(fake[row]) + "; right on " + percent(real_right[row]) +
            " of real, " + percent(fake_right[row]) + " of generated.");
}

function addGradients(run, kind = "below") {
    const {D_gradient, G_gradient} = run.curves;
    addCurve(kind, ["Norms of the gradients", "Gradients"], run,
        [{label: "D", ink: "D", y: D_gradient}, {label: "G", ink: "G", y: G_gradient, dash: dashed}], {log: true},
        row => "D " + short(D_gradient[row]) + ", G " + short(G_gradient[row]) + ".");
}

function addQuality(run) {
    const step = run.frames.map(frame => frame.step);
    const column = i => run.frames.map(frame => frame.quality && frame.quality[i]);
    addCurve("below", ["Modes and quality"], run,
        [{label: "modes", ink: "D", x: step, y: column(0).map(n => n === null ? null : n / run.centres), smooth: false},
         {label: "high quality", ink: "G", x: step, y: column(1), dash: dashed, smooth: false}], {low: 0, high: 1.04},
        (row, frame) => frame.quality[0] + " of " + run.centres + " modes, " + percent(frame.quality[1]) +
            " of high quality.");
    addCurve("below", ["Reverse KL over the modes"], run,
        [{label: "KL(generated ‖ data), 0 is perfect", ink: "lattice", x: step, y: column(2), smooth: false}],
        {fromZero: true},
        (row, frame) => frame.quality[2] === null ? "No sample lies near a mode." :
            short(frame.quality[2], 2) + " nats; a single mode has " + short(Math.log(run.centres)) + ".");
}

function addRight(run) {
    const {real_right, fake_right} = run.curves;
    addCurve("below", ["Share on which D is right"], run,
        [{label: "real", ink: "D", y: real_right}, {label: "generated", ink: "G", y: fake_right, dash: dashed}],
        {low: 0, high: 1.04},
        row => percent(real_right[row]) + " of real, " + percent(fake_right[row]) +
            " of generated; guessing gives 50 %.");
}

function build() {
    const main = find("main");
    if (ofImages) {
        main.className = "images";
        const count = one.realPixels.length / (one.width * one.height);
        addFigure("world", "Generated, from the same noise at every moment", canvas => {
            drawImages(canvas, one, decoded(one, frameOf(one)).images, 8);
            return count + " samples" + (one.average ? " of the averaged generator" : "") + " at step " +
                grouped(frameOf(one).step) + ".";
        });
        addFigure("walk", "A walk through latent space", canvas => {
            drawImages(canvas, one, decoded(one, frameOf(one)).walk, 8);
            return "16 equal steps on the great circle from one noise vector to another, row by row.";
        });
        addLosses(one);
        addSays(one);
        addFigure("real", "Real, for comparison", canvas => {
            drawImages(canvas, one, one.realPixels.subarray(0, 32 * one.width * one.height), 8);
            return "32 pictures of the data.";
        });
        addGradients(one);
    } else if (runs.length > 1) {
        main.className = "compared";
        for (const run of runs) {
            addWorld(run);
            addSays(run);
            addLosses(run);
            addGradients(run);
        }
    } else {
        main.className = one.centres ? "points" : "points few";
        addWorld(one);
        addLatent(one);
        addLosses(one);
        addSays(one);
        addGradients(one);
        one.frames[0].quality ? addQuality(one) : addRight(one);
    }
}

function draw() {
    for (const figure of figures) {
        const caption = figure.draw(figure.canvas);
        figure.caption.textContent = caption;
        figure.canvas.setAttribute("aria-label", figure.title + ", step " + frameOf(one).step + ". " + caption);
    }
    const slider = find("nav input");
    slider.value = state.frame;
    const where = "step " + grouped(frameOf(one).step) + " of " + grouped(one.steps);
    slider.setAttribute("aria-valuetext", where);
    find("nav output").textContent = where;
    const step = frameOf(one).step;
    const found = runs.flatMap(run => run.findings.filter(f => f.first <= step && step <= f.last).map(f =>
        (runs.length > 1 ? run.name + ": " : "") + f.name + (runs.length > 1 ? "" : ": " + f.text) +
        " (make run-claim-" + f.card + ")"));
    find(".findings").textContent = found.length ? "⚠ " + found.join("   ⚠ ") : "";
    find(".findings").title = found.join("\n");
    for (const button of document.querySelectorAll(".layers button"))
        button.setAttribute("aria-pressed", state.layers.has(button.dataset.layer));
}

// ---------------------------------------------------------------------------------------- what the reader does

let timer = null;

function goTo(frame) {
    state.frame = Math.min(Math.max(frame, 0), frameCount - 1);
    draw();
    writeAddress();
}

function play(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
        if (state.frame === frameCount - 1) goTo(0);
        timer = setInterval(() => state.frame < frameCount - 1 ? goTo(state.frame + 1) : play(false), 160);
    }
    find(".play").textContent = timer ? "pause" : "play";
}

function toggleLayer(name) {
    state.layers.has(name) ? state.layers.delete(name) : state.layers.add(name);
    draw();
    writeAddress();
}

function toggleTheme() {
    state.theme = isDark() ? "light" : "dark";
    readColours();
    draw();
    writeAddress();
}

function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const stride = event.shiftKey ? 5 : 1;
    const actions = {
        ArrowRight: () => goTo(state.frame + stride), ArrowLeft: () => goTo(state.frame - stride),
        PageDown: () => goTo(state.frame + 5), PageUp: () => goTo(state.frame - 5),
        Home: () => goTo(0), End: () => goTo(frameCount - 1),
        " ": () => play(!timer), d: toggleTheme,
    };
    if (!ofImages) for (const layer of layers) actions[layer.key] = () => toggleLayer(layer.name);
    const action = actions[event.key] || actions[event.key.toLowerCase()];
    if (!action || (event.key === " " && event.target.closest("button:not(.play)"))) return;
    event.preventDefault();
    if (event.key !== " ") play(false);
    action();
}

// ---------------------------------------------------------------------------------------- graphs

// Graphviz made them (draw() in core/tools/draw.hpp); their text says in words what they show.
function addGraph(row, title, svg) {
    const element = make("figure", {innerHTML: svg});
    element.prepend(make("h2", {textContent: title}));
    const picture = element.querySelector("svg");
    const {width, height} = picture.viewBox.baseVal;
    picture.setAttribute("width", 4 / 3 * width);  // points, in pixels
    picture.setAttribute("height", 4 / 3 * height);
    element.style.flex = width + " 1 " + width + "px";
    const boxes = Array.from(picture.querySelectorAll(".node"), node =>
        Array.from(node.querySelectorAll("text"), line => line.textContent).join(" "));
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", title + ". From what was given to the loss: " + boxes.join("; ") + ".");
    row.append(element);
}

function addGraphs() {
    if (report.graphsFailed) {
        find(".graphs p").textContent = "It is missing: Graphviz’ “dot”, which draws it, was not found or failed " +
            "when this report was written. “make deps” installs it.";
        return;
    }
    if (!runs.some(run => run.graphs.length)) {
        find(".graphs").remove();
        return;
    }
    find(".graphs p").textContent = "Both losses as the engine recorded them, with the numbers of the first " +
        "step (with several critic steps, of the last of them for D). " +
        "Ellipses were given; a box is a chain of operations and ends with its result: name, shape, range. What was " +
        "given without a name beside a result, like dropout’s mask, is left out. " +
        "“module 0, 2” are the layers whose weights it reads. Double frame: the loss. D was updated in between, so " +
        "that G’s D(fake) is not D’s." +
        (runs.some(run => run.graphs.some(svg => svg.includes("rule of"))) ?
            " Dashed and green: recorded while a rule of reverse mode ran, for the gradient penalty differentiates a " +
            "gradient; blue: the points at which it is taken; the nameless ellipse of ones, given by nobody: where " +
            "that rule starts, the derivative of the sum of D’s outputs by each of them." : "");
    for (const run of runs) {
        const row = make("div", {className: "row"});
        run.graphs.forEach((svg, i) => addGraph(row, run.name + ": what " + "DG"[i] + " minimises", svg));
        find(".graphs").append(row);
    }
}

// ---------------------------------------------------------------------------------------- below the pictures

function addText() {
    const heading = find("h1");
    heading.textContent = report.program + (runs.length > 1 ? "" : ": " + one.name);
    const data = report.notes.find(([label]) => label === "data") || ["", ""];
    heading.append(make("small", {textContent: data[1]}));
    heading.title = heading.textContent;

    const line = (label, text, tag = "span") => find("dl").append(make("dt", {textContent: label}),
        make("dd", {}, make(tag, {textContent: text})));
    line("the command that repeats it", report.command, "code");
    line("seed", String(report.seed));
    for (const [label, text] of report.notes) line(label, text);
    if (runs.length > 1) for (const run of runs) line(run.name, run.training);
    for (const run of runs)
        for (const f of run.findings)
            line("found" + (runs.length > 1 ? ", " + run.name : "") + ", steps " + grouped(f.first) + " to " +
                grouped(f.last),
                f.name + ": " + f.text + ". See it alone: make run-claim-" + f.card);

    const reading = [
        one.average ? "Samples come from the averaged generator (each step keeps " + one.average +
            " of the average), which is the one that is judged."
                    : "Samples come from the generator as it was at that step: no average was asked for.",
        "The noise is the same at every moment: a sample is the same z all the way.",
        "Thin lines are single batches, thick ones the mean of nine neighbours. The outermost hundredth may be cut " +
            "off.",
    ];
    if (!ofImages) reading.push(
        (one.dimensions === 1 ? "Outline: real points, filled: generated ones. Dashed: D's output along the line, high"
                              : "Colour: D's output at each place of the plane, light") +
            " where it says “real”. Its range is that of the moment and stands in the caption.",
        "Arrows: where the generator's loss falls for " + decoded(one, one.frames[0]).arrows.length / one.dimensions +
            " of its samples, −∂L/∂x. Their length grows with the root of the gradient's, on one scale for all " +
            "moments: where the gradient vanishes, so do the arrows. The longest gradient stands in the caption.");
    if (!ofImages && one.dimensions !== 1 && runs.some(run => run.undecided !== null))
        reading.push("Thin line: where D is undecided.");
    if (!ofImages && one.centres) reading.push(
        "Modes are counted on 1,000 samples; one is of high quality within 3 standard deviations of a mode.");
    if (runs.some(run => !run.logistic)) reading.push(
        "Wasserstein and least squares do not make D's outputs probabilities: they are shown bare. A critic is right " +
            "where its output lies on the right side of the middle of both means.");
    for (const text of reading) find(".reading").append(make("li", {textContent: text}));
}

function addLayerButtons() {
    if (ofImages) {
        find(".keys-of-layers").remove();
        return;
    }
    for (const layer of layers) {
        const button = make("button", {title: "show or hide (" + layer.key.toUpperCase() + ")",
            innerHTML: '<svg viewBox="0 0 16 16" aria-hidden="true">' + layer.icon + "</svg>" + layer.label,
            onclick: () => toggleLayer(layer.name)});
        button.dataset.layer = layer.name;
        find(".layers").append(button);
        find(".keys-of-layers td").append(make("kbd", {textContent: layer.key.toUpperCase()}), " ");
    }
}

readAddress();
addText();
addLayerButtons();
addGraphs();
build();
find("nav input").max = frameCount - 1;
find("nav input").addEventListener("input", event => { play(false); goTo(+event.target.value); });
find(".play").addEventListener("click", () => play(!timer));
find(".theme").addEventListener("click", toggleTheme);
addEventListener("keydown", onKey);
addEventListener("hashchange", () => { readAddress(); readColours(); draw(); });
darkRoom.addEventListener("change", () => { readColours(); draw(); });
readColours();
new ResizeObserver(draw).observe(find("main"));
draw();
