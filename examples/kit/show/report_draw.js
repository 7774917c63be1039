// Drawing on canvases: axes, the plane with D's surface, points and arrows, curves, pictures. What it draws and when
// stands in report_views.js and report.js.
"use strict";

const find = selector => document.querySelector(selector);

// <tag> with these properties and children.
function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

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

// Multiples of 1, 2 or 5 times a power of ten: about `most`, and three at least.
function ticks(low, high, most) {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999) * power;
    const result = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) result.push(k * step);
    return result.length > 2 || most > 12 ? result : ticks(low, high, 1.5 * most + 1);
}

// Powers of ten, or where these are fewer than three, some between; at most as many as there is room for.
function logTicks(low, high, most) {
    for (const factors of [[1], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]]) {
        const result = [];
        for (let k = Math.floor(Math.log10(low)); 10 ** k <= high; k++)
            result.push(...factors.map(factor => factor * 10 ** k).filter(tick => tick >= low && tick <= high));
        const stride = Math.ceil(result.length / Math.max(most, 3));
        if (result.length > 2) return result.filter((_, i) => i % stride === 0);
    }
    return ticks(low, high, 3);
}

// ---------------------------------------------------------------------------------------- the plane

// The box of the data as the largest square in the canvas, with its scale around it.
function openPlane(canvas, run) {
    const {g, width, height} = open2d(canvas);
    const [left, right, bottom, top] = run.box;
    const marginLeft = width < 260 ? 24 : 34, marginBottom = 20;
    const unit = Math.min((width - marginLeft - 2) / (right - left), (height - marginBottom - 4) / (top - bottom));
    const w = unit * (right - left), h = unit * (top - bottom);
    const x0 = marginLeft + (width - marginLeft - w) / 2, y0 = 2;
    const plane = {g, x0, y0, w, h, across: x => x0 + (x - left) * unit, down: y => y0 + h - (y - bottom) * unit,
                   back: (px, py) => [left + (px - x0) / unit, bottom + (y0 + h - py) / unit]};
    g.fillStyle = colours.soft;
    g.textAlign = "center";
    for (const tick of ticks(left, right, w / 70)) g.fillText(short(tick), plane.across(tick), y0 + h + 15);
    g.textAlign = "right";
    for (const tick of ticks(bottom, top, h / 60)) g.fillText(short(tick), x0 - 5, plane.down(tick) + 4);
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

// shares: from -1 (D says fake) over 0 (undecided) to 1 (real), n by n, the lowest row first.
function drawSurface(plane, n, shares) {
    const small = document.createElement("canvas");
    small.width = small.height = n;
    const pen = small.getContext("2d");
    const image = pen.createImageData(n, n);
    const [low, middle, high] = [colours.low, colours.middle, colours.high].map(rgb);
    shares.forEach((share, i) => {
        const at = 4 * ((n - 1 - Math.floor(i / n)) * n + i % n);  // the canvas begins at the top
        const end = share < 0 ? low : high, far = Math.min(Math.abs(share), 1);
        for (let c = 0; c < 3; c++) image.data[at + c] = isNaN(share) ? 128 : middle[c] + far * (end[c] - middle[c]);
        image.data[at + 3] = 255;
    });
    pen.putImageData(image, 0, 0);
    plane.g.imageSmoothingEnabled = true;
    plane.g.imageSmoothingQuality = "high";
    plane.g.drawImage(small, plane.x0, plane.y0, plane.w, plane.h);
    drawContour(plane, n, shares);
}

// Where D is undecided: in each square of four cells the line from edge to edge (marching squares).
function drawContour({g, x0, y0, w, h}, n, shares) {
    const place = (row, column) => [x0 + (column + 0.5) / n * w, y0 + h - (row + 0.5) / n * h];
    const crossing = (a, b) => {
        const va = shares[a[0] * n + a[1]], vb = shares[b[0] * n + b[1]];
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

// Moves [x, y, x, y, ...] from these places, in proportion: `scale` is as long as a seventh of the picture, and what is
// longer ends there. Outlined, so that they are seen on points and contours. Where there is room for only some, the
// longest is one of them.
function drawArrows({g, across, down, w}, places, moves, scale) {
    const sizes = upTo(moves.length / 2).map(i => Math.hypot(moves[2 * i], moves[2 * i + 1]));
    const longest = sizes.reduce((best, size, i) => size > sizes[best] ? i : best, 0), stride = w < 300 ? 2 : 1;
    for (const [width, colour] of [[3.4, colours.panel], [1.5, colours.arrow]]) stroke(g, colour, {width}, () => {
        for (const i of upTo(sizes.length)) {
            if (i % stride && i !== longest) continue;
            const length = Math.min(sizes[i] / scale, 1) * w / 7;
            if (!(length > (i === longest ? 0 : 0.7))) continue;
            const dx = moves[2 * i] / sizes[i] * length, dy = -moves[2 * i + 1] / sizes[i] * length;
            const barb = Math.min(6, 0.5 * length) / length;
            const x = across(places[2 * i]), y = down(places[2 * i + 1]), head = [x + dx, y + dy];
            trace(g, [[x, y], head]);
            for (const side of [-0.5, 0.5])
                trace(g, [head, [head[0] - barb * (dx - side * dy), head[1] - barb * (dy + side * dx)]]);
        }
    });
}

// A sample through the moments, and where it is now.
function drawTrail({g, across, down}, places) {
    const points = places.map(([x, y]) => [across(x), down(y)]);
    const [x, y] = points[points.length - 1];
    for (const [width, colour] of [[4, colours.panel], [2, colours.cursor]]) {
        stroke(g, colour, {width}, () => trace(g, points));
        stroke(g, colour, {width}, () => g.arc(x, y, 6, 0, 7));
    }
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
// cursor: the moment; cross: the step that is pointed at, or null.
function drawCurves(canvas, series, options, cursor, cross) {
    const {g, width, height} = open2d(canvas);
    const left = 46, right = 8, bottom = 19, top = 26;
    const w = width - left - right, h = height - top - bottom;
    let {low, high} = options;
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
    for (const tick of options.log ? logTicks(low, high, h / 24) : ticks(low, high, Math.min(h / 24, 7))) {
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
    const labelled = series.filter(s => s.label);
    const wide = labelled.reduce((sum, s) => sum + 39 + g.measureText(s.label).width, 0);
    let x = Math.max(Math.min(left, width - wide), 2);
    if (wide > width) g.font = 13 * width / wide + "px system-ui, 'DejaVu Sans', sans-serif";
    g.textAlign = "left";
    for (const s of labelled) {
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
        stroke(g, s.colour, {width: s.pale ? 1 : 2, alpha: s.pale ? 0.45 : 1, dash: s.dash},
            curve(s.x, s.smooth ? smoothed(s.y) : s.y));
    }
    g.restore();
    for (const [step, dash] of [[cursor, []], [cross, [3, 3]]]) if (step !== null)
        stroke(g, colours.cursor, {width: 1.5, dash}, () => trace(g, [[across(step), top], [across(step), top + h]]));
    canvas.stepAt = pixel => (pixel - left) / w * options.steps;
}
