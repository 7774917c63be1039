// The figures of a report: what stands in each, from the numbers of the moment. The drawing is in report_draw.js.
"use strict";

// ---------------------------------------------------------------------------------------- the subject: dL_G/df
//
// At a fake x the generator's gradient is  dL_G/dx = dL_G/df grad_x f.  grad_x f is the same for every loss on one D,
// and stands in the report; dL_G/df is what the loss makes of D's output f there.

const sigmoid = f => 1 / (1 + Math.exp(-f));
const pullOf = {
    "minimax": f => -sigmoid(f),
    "non-saturating": f => -sigmoid(-f),
    "wasserstein": () => -1,
    "least-squares": (f, run) => f - run.labels[2],
};
const pullLosses = report.losses.filter(name => pullOf[name]);

// The loss whose arrows a run shows: its own, or the one that was asked for.
const shownLoss = run => state.loss === "own" ? run.name : state.loss;

// dL_G/df of each fake that has an arrow. Of a loss that stands not above only the run's own is known.
function pullsOf(run, frame, loss) {
    const {f, own} = decoded(run, frame);
    return pullOf[loss] ? f.map(value => pullOf[loss](value, run)) : own;
}

// The arrows -dL_G/df grad_x f, as [x, y, x, y, ...].
function movesOf(run, frame, loss) {
    const pulls = pullsOf(run, frame, loss), {slopes} = decoded(run, frame), d = run.dimensions;
    return Float64Array.from({length: 2 * pulls.length},
        (_, i) => i % 2 < d ? -pulls[i >> 1] * slopes[d * (i >> 1) + i % 2] : 0);
}

const lengthsOf = moves => upTo(moves.length / 2).map(i => Math.hypot(moves[2 * i], moves[2 * i + 1]));
const meanSize = values => values.reduce((sum, v) => sum + Math.abs(v), 0) / values.length;
const at = (sorted, share) => sorted[Math.floor(share * (sorted.length - 1))];

// One scale of arrows for all trainings and moments: of the longest arrow of each moment, with each training's own
// loss, nine in ten are shorter. So a gradient that vanishes is seen to vanish. A live page sets both scales itself.
let arrowScale = 1, criticReach = 1;
const longestArrow = (run, frame, loss) => Math.max(...lengthsOf(movesOf(run, frame, loss)), 0);

function readScales() {
    const longest = runs.flatMap(run => run.frames.map(frame => longestArrow(run, frame, run.name)));
    arrowScale = at(longest.filter(isFinite).sort((a, b) => a - b), 0.9) || 1;
    criticReach = Math.max(...runs.filter(isCritic).flatMap(run =>
        run.frames.map(frame => reach(decoded(run, frame).surface))), 1e-9);
}

// ---------------------------------------------------------------------------------------- the colours of D
//
// From -1 (fake) over 0 (undecided) to 1 (real), the same for all moments: of s(f) where f is a logit, of f between the
// labels of least squares. A critic has no output that means "undecided": its median over the picture takes that place.

const isCritic = run => run.undecided === null;
const medianOf = values => at(Array.from(values).filter(isFinite).sort((a, b) => a - b), 0.5) || 0;
const reach = surface => {
    const middle = medianOf(surface);
    return Math.max(...surface.map(f => Math.abs(f - middle)).filter(isFinite), 0);
};

function sharesOf(run, surface) {
    const [fake, real] = run.labels;
    if (run.logistic) return surface.map(f => 2 * sigmoid(f) - 1);
    if (!isCritic(run)) return surface.map(f => (2 * f - fake - real) / (real - fake));
    const middle = medianOf(surface);
    return surface.map(f => (f - middle) / criticReach);
}

const scaleInWords = run => run.logistic ? "Blue: s(f) = 0, white: ½, gold: 1" :
    isCritic(run) ? "Blue, gold: f is " + short(criticReach, 2) + " below, above its median" :
        "Blue: f = " + run.labels[0] + ", white: halfway, gold: " + run.labels[1];

// ---------------------------------------------------------------------------------------- figures
//
// A figure: {canvas, draw(canvas) -> caption}. Its caption says in numbers what the picture shows.

const figures = [];

function addFigure(kind, title, draw, isCurve) {
    const canvas = make("canvas", {className: isCurve ? "curve" : "", role: "img"});
    const caption = make("figcaption", {}), heading = make("h2", {textContent: title});
    find("main").append(make("figure", {className: kind}, heading, canvas, caption));
    const figure = {canvas, caption, title, draw};
    if (isCurve) listenToCurve(canvas);
    figures.push(figure);
    return figure;
}

// Figures as the state wants them, and the buttons beside them.
function drawFigures(which = figures) {
    const seen = which.filter(({canvas}) => canvas.clientWidth), texts = seen.map(({canvas, draw}) => draw(canvas));
    seen.forEach(({canvas, caption, title}, i) => {  // after all pictures: a new text lays the page out again
        caption.textContent = caption.title = texts[i];
        canvas.setAttribute("aria-label", title + ", step " + frameOf(one).step + ". " + texts[i]);
    });
    for (const button of document.querySelectorAll("[data-is]"))
        button.setAttribute("aria-pressed", isOn(button.dataset.is));
    if (!ofImages && shown().length === 1) frameOf(one).pulls.forEach((size, i) => {
        const number = find('[data-is="loss ' + report.losses[i] + '"] output');
        if (number) number.textContent = short(size, 2);
    });
}

const frameOf = run => run.frames[Math.min(state.frame, run.frames.length - 1)];
const rowAt = (run, step) => Math.max(run.curves.step.findLastIndex(s => s <= step), 0);

function quality(run, frame) {
    if (!frame.quality) return "";
    const [modes, share] = frame.quality, alone = shown().length === 1;  // then the others have figures of their own
    return modes + " of " + run.centres + " modes" + (alone ? "" : ", " + percent(share) + " high quality") + ". ";
}

// A figure shows the training of that place among those that are shown: another branch brings others there.
function addWorld(place) {
    const run = shown()[place];
    const figure = addFigure("world", shown().length > 1 ? run.name :
        run.dimensions === 1 ? "Densities and discriminator" : "Data, samples and discriminator", canvas => {
        const now = shown()[place], frame = frameOf(now), loss = shownLoss(now);
        const moves = movesOf(now, frame, loss), lengths = lengthsOf(moves);
        if (now.dimensions === 1) drawLineWorld(canvas, now, frame, moves);
        else drawPlaneWorld(canvas, now, frame, moves);
        return quality(now, frame) + "|\u2060∂L_G/∂f| with " + loss + " " +
            short(meanSize(pullsOf(now, frame, loss)), 2) + ", longest arrow " + short(Math.max(...lengths), 2) +
            ". " + (now.dimensions === 1 ? "" : scaleInWords(now) + ".");
    });
    listenToWorld(figure.canvas, place);
}

function drawPlaneWorld(canvas, run, frame, moves) {
    const {fakes, surface, lattice} = decoded(run, frame), shows = state.layers;
    const plane = openPlane(canvas, run);
    if (shows.has("surface")) drawSurface(plane, run.cells, sharesOf(run, surface));
    if (shows.has("lattice")) drawLattice(plane, run, lattice, false);
    if (shows.has("real")) drawReal(plane, run.realPoints);
    if (shows.has("fakes")) drawFakes(plane, fakes);
    if (shows.has("arrows")) drawArrows(plane, fakes, moves, arrowScale);
    if (state.pin !== null) drawTrail(plane, run.frames.slice(0, run.frames.indexOf(frame) + 1).map(earlier =>
        Array.from(decoded(run, earlier).fakes.slice(2 * state.pin, 2 * state.pin + 2))));
    closePlane(plane);
    canvas.plane = plane;
    canvas.places = upTo(moves.length / 2).map(i => [plane.across(fakes[2 * i]), plane.down(fakes[2 * i + 1])]);
}

function addLatent() {
    addFigure("latent", one.latent > 1 ? "The latent square, as G maps it" : "From z to x, as G maps it", canvas => {
        const {lattice} = decoded(one, frameOf(one));
        const others = one.latent > 2 ? "First two of " + one.latent + " coordinates, the others 0: " : "";
        if (one.dimensions === 1) {
            drawMapOfLine(canvas, one, lattice);
            return others + "z to the right, x upwards.";
        }
        const plane = openPlane(canvas, one);
        if (state.layers.has("real")) drawReal(plane, one.realPoints, 0.45);
        drawLattice(plane, one, lattice, true);
        closePlane(plane);
        return others + "z from −2 to 2" +
            (one.latent > 1 ? " both ways; thick: the axes of z. Strong colour: dense." : ".");
    });
}

// ---------------------------------------------------------------------------------------- one dimension
//
// Goodfellow et al. 2014, figure 1: the densities p of the data and q of the fakes, D, and the best D for this p and q:
//
//     logistic        s(f*) = p / (p + q)                  least squares   f* = (b p + a q) / (p + q)
//     Wasserstein     f*' = 1 where q lies left of p, else -1: the sign of Q - P, the cumulative densities

const normal = (x, mean, std) => Math.exp(-(((x - mean) / std) ** 2) / 2) / (std * Math.sqrt(2 * Math.PI));

// The mean of a normal density around each centre.
const mixture = (xs, centres, std) =>
    xs.map(x => centres.reduce((sum, c) => sum + normal(x, c, std), 0) / centres.length);

function densities(run, fakes, xs) {
    const width = (run.box[1] - run.box[0]) / 80, column = points => points.filter((_, i) => i % 2 === 0);
    const known = run.modes.length > 0 && run.std > 0;
    return {
        p: known ? mixture(xs, run.modes.map(mode => mode[0]), run.std) :
                   mixture(xs, column(run.realPoints), width),
        q: mixture(xs, Array.from(column(fakes)).filter(isFinite), width),
        width,
        known
    };
}

function optimum(run, p, q, dx) {
    if (!isCritic(run)) {
        const [fake, real] = run.logistic ? [0, 1] : run.labels;
        return p.map((value, i) => value + q[i] > 1e-6 ? (real * value + fake * q[i]) / (value + q[i]) : NaN);
    }
    let f = 0, P = 0, Q = 0;
    return p.map((value, i) => {
        P += value * dx;
        Q += q[i] * dx;
        return f += Math.sign(Math.abs(Q - P) < 1e-3 ? 0 : Q - P) * dx / run.scale;
    });
}

function drawLineWorld(canvas, run, frame, moves) {
    const {g, width, height} = open2d(canvas);
    const {fakes, surface, lattice} = decoded(run, frame), shows = state.layers;
    const [left, right] = run.box, x0 = 44, w = width - x0 - 44, top = 30, foot = Math.max(0.2 * height, 46);
    const h = height - top - foot - 22, dx = (right - left) / surface.length;
    const xs = upTo(surface.length).map(i => left + (i + 0.5) * dx);
    const across = x => x0 + (x - left) / (right - left) * w;
    const {p, q} = densities(run, fakes, xs);
    const best = optimum(run, p, q, dx), f = Array.from(surface, value => run.logistic ? sigmoid(value) : value);
    // A critic's level is free: its mean and that of the best are put at 0.
    const centre = values => {
        const mean = values.reduce((a, b) => a + b) / values.length;
        return values.map(v => v - mean);
    };
    const [says, ideal] = isCritic(run) ? [centre(f), centre(best)] : [f, best];
    const peak = Math.max(...p, ...q.map(v => Math.min(v, 2 * Math.max(...p))));
    const ends = run.logistic ? [0, 1] : isCritic(run) ? [Math.min(...says, ...ideal), Math.max(...says, ...ideal)] :
        [Math.min(...run.labels.slice(0, 2)), Math.max(...run.labels.slice(0, 2))];
    const pad = run.logistic ? 0 : 0.15 * (ends[1] - ends[0] || 1), [low, high] = [ends[0] - pad, ends[1] + pad];
    const down = value => top + h - Math.min(Math.max((value - low) / (high - low), -0.02), 1.02) * h;
    const dense = value => top + h - Math.min(value / peak, 1) * h * 0.98;
    const line = (values, to) => () =>
        trace(g, values.map((v, i) => [across(xs[i]), to(v)]).filter(pair => !isNaN(pair[1])));

    g.textAlign = "right";
    g.fillStyle = colours.soft;
    for (const tick of ticks(low, high, h / 40)) {
        stroke(g, colours.rule, {}, () => trace(g, [[x0, down(tick)], [x0 + w, down(tick)]]));
        g.fillText(short(tick, 2), x0 - 5, down(tick) + 4);
    }
    g.textAlign = "left";
    for (const tick of ticks(0, peak, h / 60)) g.fillText(short(tick, 2), x0 + w + 5, dense(tick) + 4);
    if (shows.has("fakes")) fill(g, colours.fake, 0.5, () => trace(g, [[x0, top + h], ...q.map((v, i) =>
        [across(xs[i]), dense(v)]), [x0 + w, top + h]]));
    if (shows.has("real")) stroke(g, colours.real, {width: 2}, line(p, dense));
    if (shows.has("surface")) {
        stroke(g, colours.D, {width: 2.2, dash: [7, 4]}, line(says, down));
        stroke(g, colours.D, {width: 2.2, dash: [1.5, 3.5]}, line(ideal, down));
    }
    // Beneath: where G sends equally spaced z (the arrows of Goodfellow's figure), and the gradient's arrows.
    const zAxis = height - 22, z0 = Math.floor(run.rows / 2) * run.columns, d = 2;
    for (const i of upTo(run.columns)) {
        const from = x0 + (i + 0.5) / run.columns * w, to = across(lattice[d * (z0 + i)]);
        stroke(g, colours.lattice, {alpha: 0.8}, () => trace(g, [[from, zAxis], [to, top + h + 3]]));
    }
    if (shows.has("arrows")) drawArrows({g, across, down: () => top + h + 8, w}, fakes, moves, arrowScale);
    g.fillStyle = colours.soft;
    g.textAlign = "right";
    g.fillText("z", x0 - 5, zAxis + 4);
    g.fillText("x", x0 - 5, top + h + 14);
    g.textAlign = "center";
    for (const tick of ticks(left, right, w / 70)) g.fillText(short(tick), across(tick), height - 5);
    let x = 4;
    g.textAlign = "left";
    const name = run.logistic ? "s(f)" : "f";
    for (const [text, colour, dash, layer] of [["p, data", colours.real, [], "real"],
             ["q, fakes", colours.fake, [], "fakes"], [name, colours.D, [7, 4], "surface"],
             ["best " + name, colours.D, [1.5, 3.5], "surface"]]) {
        if (!shows.has(layer)) continue;
        stroke(g, colour, {width: 2.4, dash}, () => trace(g, [[x, 10], [x + 18, 10]]));
        g.fillStyle = colours.ink;
        g.fillText(text, x + 22, 14);
        x += 34 + g.measureText(text).width;
    }
    canvas.places = upTo(moves.length / 2).map(i => [across(fakes[2 * i]), top + h + 8]);
    run.gap = says.reduce(
        (sum, v, i) => sum + (isNaN(ideal[i]) ? 0 : Math.abs(v - ideal[i]) * (p[i] + q[i]) / 2 * dx), 0);
}

// From z1 (to the right) to x (upwards), for each z2.
function drawMapOfLine(canvas, run, nodes) {
    const {g, width, height} = open2d(canvas);
    const [left, right] = run.box, x0 = 34, w = width - x0 - 8, h = height - 26;
    const across = z => x0 + (z + 2) / 4 * w, down = x => 4 + h - (x - left) / (right - left) * h;
    g.fillStyle = colours.soft;
    g.textAlign = "center";
    for (const tick of [-2, -1, 0, 1, 2]) g.fillText(short(tick), across(tick), height - 5);
    g.textAlign = "right";
    for (const tick of ticks(left, right, h / 40)) {
        stroke(g, colours.rule, {}, () => trace(g, [[x0, down(tick)], [x0 + w, down(tick)]]));
        g.fillText(short(tick), x0 - 5, down(tick) + 4);
    }
    g.strokeStyle = colours.rule;
    g.strokeRect(x0, 4, w, h);
    for (const row of upTo(run.rows)) drawThread(g, 2 * row === run.rows - 1, 0.35, upTo(run.columns).map(k =>
        [across(-2 + 4 * k / (run.columns - 1)), down(nodes[2 * (row * run.columns + k)])]));
}

// ---------------------------------------------------------------------------------------- curves

const dashed = [7, 4];

// make(run) -> {series, options, caption(row, frame)}
function addCurve(kind, title, place, make) {
    addFigure(kind, title, canvas => {
        const run = shown()[place], step = frameOf(run).step, {series, options, caption} = make(run);
        const lines = series.map(s => ({x: run.curves.step, smooth: true, dash: [], ...s, colour: colours[s.ink]}));
        drawCurves(canvas, lines, {steps: run.steps, ...options}, step, state.cross);
        return run.curves.step.length ? caption(rowAt(run, step), frameOf(run)) : "Nothing yet.";
    }, true);
}

const ofBoth =
    (D, G, [first, second]) => [{label: first, ink: "D", y: D}, {label: second, ink: "G", y: G, dash: dashed}];

function addLosses(place, kind = "losses") {
    addCurve(kind, "Losses, both minimised", place, ({curves: {D_loss, G_loss}}) => ({
        series: ofBoth(D_loss, G_loss, ["L_D", "L_G"]), options: {},
        caption: row => "L_D " + short(D_loss[row]) + ", L_G " + short(G_loss[row]) + ".",
    }));
}

function addSays(place, kind = "says") {
    const names = run => run.logistic ? ["s(r), real", "s(f), fake"] : ["r, real", "f, fake"];
    addCurve(kind,
        runs.every(run => run.logistic) ? "D’s probability of “real”" :
            runs.length > 1             ? "What D says" :
                                          "D’s outputs, no probabilities",
        place, run => ({
            series: ofBoth(run.curves.real, run.curves.fake, names(run)),
            options: run.logistic ? {low: 0, high: 1} : {},
            caption: row => names(run)[0] + " " + short(run.curves.real[row]) + "; " + names(run)[1] + " " +
                short(run.curves.fake[row]) + "; right on " + percent(run.curves.real_right[row]) + ", " +
                percent(run.curves.fake_right[row]) + ".",
        }));
}

function addGradients(kind = "below") {
    addCurve(kind, "Norms of the gradients", 0, ({curves: {D_gradient, G_gradient}}) => ({
        series: ofBoth(D_gradient, G_gradient, ["D", "G"]), options: {log: true},
        caption: row => "D " + short(D_gradient[row]) + ", G " + short(G_gradient[row]) + ".",
    }));
}

function addQuality() {
    const column = i => one.frames.map(frame => frame.quality && frame.quality[i]);
    const steps = () => one.frames.map(frame => frame.step);
    addCurve("below", "Modes and quality", 0, () => ({
        series: ofBoth(column(0).map(n => n === null ? null : n / one.centres), column(1), ["modes", "high quality"])
                    .map(s => ({...s, x: steps(), smooth: false})),
        options: {low: 0, high: 1.04},
        caption: (row, frame) => frame.quality[0] + " of " + one.centres + " modes, " + percent(frame.quality[1]) +
            " of high quality.",
    }));
    addCurve("below", "Reverse KL over the modes", 0, () => ({
        series:
            [{label: "KL(generated ‖ data), 0 is perfect", ink: "lattice", x: steps(), y: column(2), smooth: false}],
        options: {fromZero: true},
        caption: (row, frame) => frame.quality[2] === null ?
            "No sample lies near a mode." :
            short(frame.quality[2], 2) + " nats; a single mode has " + short(Math.log(one.centres)) + ".",
    }));
}

function addRight() {
    addCurve("below", "Share on which D is right", 0, ({curves: {real_right, fake_right}}) => ({
        series: ofBoth(real_right, fake_right, ["real", "generated"]),
        options: {low: 0, high: 1.04},
        caption: row => percent(real_right[row]) + " of real, " + percent(fake_right[row]) +
            " of generated; guessing gives 50 %.",
    }));
}

// One number of all trainings, those of other branches pale, on one axis.
const inks = ["D", "G", "third", "lattice", "cursor"], dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4]];
function addTogether(title, yOf, xOf, options, unit) {
    addFigure("together", title, canvas => {
        const step = frameOf(one).step, names = shown().map(run => run.name);
        const lines = [...runs.filter(run => !shown().includes(run)), ...shown()].map(run => {
            const i = names.indexOf(run.name), isShown = shown().includes(run);
            return {
                label: isShown ? run.name : "",
                x: xOf(run),
                y: yOf(run),
                smooth: isShown && options.log,
                pale: !isShown,
                dash: dashes[i % dashes.length],
                colour: colours[inks[i % inks.length]]
            };
        });
        drawCurves(canvas, lines, {steps: one.steps, ...options}, step, state.cross);
        return shown()
                   .map(run => run.name + " " + unit(yOf(run)[Math.max(xOf(run).findLastIndex(s => s <= step), 0)]))
                   .join(", ") +
            ".";
    }, true);
}

// ---------------------------------------------------------------------------------------- which figures

function buildImages(main) {
    const count = one.realPixels.length / (one.width * one.height);
    main.className = "images";
    addFigure("world", "Generated, from the same noise at every moment", canvas => {
        drawImages(canvas, one, decoded(one, frameOf(one)).images, 8);
        return count + " samples" + (one.average ? " of the averaged generator" : "") + " at step " +
            grouped(frameOf(one).step) + ".";
    });
    addFigure("walk", "A walk through latent space", canvas => {
        drawImages(canvas, one, decoded(one, frameOf(one)).walk, 8);
        return "16 equal steps on the great circle from one noise vector to another, row by row.";
    });
    addLosses(0);
    addSays(0);
    addFigure("real", "Real, for comparison", canvas => {
        drawImages(canvas, one, one.realPixels.subarray(0, 32 * one.width * one.height), 8);
        return "32 pictures of the data.";
    });
    addGradients();
}

function build() {
    const main = find("main"), places = upTo(shown().length);
    if (ofImages) return buildImages(main);
    if (places.length > 1) {
        main.className = "compared";
        main.style.setProperty("--columns", 2 * places.length);
        places.forEach(addWorld);
        places.forEach(place => addSays(place));
        addTogether("Norm of G’s gradient, on one axis", run => run.curves.G_gradient, run => run.curves.step,
            {log: true}, short);
        if (one.frames[0].quality)
            addTogether("Share of high quality", run => run.frames.map(frame => frame.quality[1]),
                run => run.frames.map(frame => frame.step), {low: 0, high: 1.04}, percent);
        return;
    }
    main.className = one.centres ? "points" : "points few";
    addWorld(0);
    addLatent();
    addLosses(0);
    addSays(0);
    addGradients();
    one.frames[0].quality ? addQuality() : addRight();
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
                " Dashed and green: recorded while a rule of reverse mode ran, for the gradient penalty " +
                "differentiates a " +
                    "gradient; blue: the points at which it is taken; the nameless ellipse of ones, given by " +
                    "nobody: where " +
                    "that rule starts, the derivative of the sum of D’s outputs by each of them." :
                "");
    for (const run of shown()) {
        const row = make("div", {className: "row"});
        run.graphs.forEach((svg, i) => addGraph(row, run.name + ": what " + "DG"[i] + " minimises", svg));
        find(".graphs").append(row);
    }
}
