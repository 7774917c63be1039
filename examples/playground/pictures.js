// Pictures that only the live page has: the steps of slow motion, the Dirac-GAN's two numbers, and data that are drawn.
"use strict";

// The report's figures, and what replaces some of them here.
function rebuild() {
    find("main").replaceChildren(find(".slow"));
    figures.length = 0;
    draws = -1;  // the next draw() draws the curves as well
    build();
    const world = figures[0], usually = world.draw;
    world.draw = canvas => {
        if (slow.on) return slow.turn ? drawSlow(canvas) : world.caption.textContent;
        const caption = usually(canvas);
        if (pen.stroke.length) drawReal(canvas.plane, pen.stroke.flat());
        return caption;
    };
    listenToPen(world.canvas);
    if (settings.data !== "dirac") return;
    Object.assign(figures[1], {title: "The two players, θ and ψ", draw: drawPhase});
    figures[1].canvas.parentElement.querySelector("h2").textContent = figures[1].title;
}

// Dirac-GAN (Mescheder et al. 2018): the data are the point 0, G makes the point theta, and D(x) = psi x.
function drawPhase(canvas) {
    const now = frameOf(one), soFar = one.frames.slice(0, one.frames.indexOf(now) + 1);
    const distance = ({theta, psi}) => Math.hypot(theta, psi), far = 1.15 * Math.max(1, ...soFar.map(distance));
    const plane = openPlane(canvas, {box: [-far, far, -far, far]}), {g, across, down} = plane;
    for (const axis of [[[-far, 0], [far, 0]], [[0, -far], [0, far]]])
        stroke(g, colours.rule, {}, () => trace(g, axis.map(([x, y]) => [across(x), down(y)])));
    stroke(g, colours.real, {width: 2}, () => g.arc(across(0), down(0), 5, 0, 7));
    drawTrail(plane, soFar.map(({theta, psi}) => [theta, psi]));
    closePlane(plane);
    return "θ, the fake, to the right; ψ, D’s slope, upwards; small circle: the equilibrium. θ = " + short(now.theta) +
        ", ψ = " + short(now.psi) + ", distance " + short(distance(now)) + ".";
}

// ---------------------------------------------------------------------------------------- slow motion

// Points of the line get y = 0.
const pairs = values => one.dimensions === 2 ? values :
    Float64Array.from({length: 2 * values.length}, (_, i) => i % 2 ? 0 : values[i / 2]);

// An update moves points by little. So that it is seen, it is drawn as much larger as this power of ten.
function magnification(from, to) {
    const longest = Math.max(...lengthsOf(to.map((v, i) => v - from[i])), 1e-9);
    return Math.max(10 ** Math.floor(Math.log10(0.1 * (one.box[1] - one.box[0]) / longest)), 1);
}

// What the five steps add to the picture: data; fakes; what D says, and a cross where it is wrong; how hard the loss
// pulls at each sample; and D's new surface, or arrows and the way that the fakes go.
function drawSlow(canvas) {
    const {turn, stage, before, after} = slow, ofG = turn.player === "G", end = stage === 5;
    const from = pairs(turn.fake), to = pairs(turn.fake_after), times = magnification(from, to);
    const way = end && ofG ? slow.moved * times : 0;
    const {surface, lattice} = (end && !ofG ? after : before).decoded;
    const frame = {decoded: {surface, lattice, fakes: from.map((v, i) => v + way * (to[i] - v))}};
    const moves = end && ofG && !way ? pairs(turn.arrows) : new Float64Array(0);
    const wanted = state.layers, seen = {surface: stage >= 3, real: !ofG, fakes: ofG || stage >= 2, arrows: true};
    state.layers = new Set(Object.keys(seen).filter(name => seen[name]));
    if (one.dimensions === 1) drawLineWorld(canvas, {...one, realPoints: pairs(turn.real)}, frame, moves);
    else drawPlaneWorld(canvas, {...one, realPoints: pairs(turn.real), frames: []}, frame, moves);
    state.layers = wanted;
    canvas.places = [];
    if (one.dimensions === 2) drawOver(canvas.plane, from, frame.decoded.fakes, ofG ? ["fake"] : ["real", "fake"]);
    return captionOfStage(ofG, times);
}

function captionOfStage(ofG, times) {
    const {turn, stage} = slow, sizes = kind => Array.from(turn[kind + "_slope"], Math.abs);
    const largest = short(Math.max(...sizes("fake"), ...(ofG ? [] : sizes("real")))), line = one.dimensions === 1;
    return [
        ofG ? "G needs no real data; these are fakes of new noise." : line ? "p: the density of the data." :
            "Circles: a batch of data.",
        (line ? "q" : "Full points") + ": what G makes of a batch of noise.",
        line ? "Dashed: what D says. Dotted: what the best D would say." :
            "Colour: what D says. Crossed: the samples on which it is wrong.",
        (line ? "" : "Rings: ") + "|∂L/∂f|, how hard the loss pulls at what D says of each sample; the largest is " +
            largest + ".",
        !ofG ? (line ? "Dashed" : "Colour") + ": what D says after its update." :
            "Arrows: −∂L_G/∂x. Then the fakes of the same noise move" +
            (times > 1 ? ", drawn " + grouped(times) + " times as far." : "."),
    ][stage - 1];
}

// On the picture: crosses, rings, and lines from where the fakes were.
function drawOver({g, across, down}, from, fakes, kinds) {
    const {turn, stage} = slow, place = (points, i) => [across(points[2 * i]), down(points[2 * i + 1])];
    const mean = values => values.reduce((a, b) => a + b) / values.length;
    const middle = one.undecided ?? (mean(turn.real_logits) + mean(turn.fake_logits)) / 2;
    const largest = Math.max(...kinds.flatMap(kind => Array.from(turn[kind + "_slope"], Math.abs)), 1e-9);
    if (stage === 5) stroke(g, colours.fake, {width: 1.2}, () => {
        for (const i of upTo(fakes.length / 2)) trace(g, [place(from, i), place(fakes, i)]);
    });
    for (const kind of stage === 3 || stage === 4 ? kinds : []) turn[kind + "_logits"].forEach((f, i) => {
        const [x, y] = place(pairs(turn[kind]), i), r = 2 + 9 * Math.abs(turn[kind + "_slope"][i]) / largest;
        if (stage === 4) stroke(g, colours[kind], {width: 1.2, alpha: 0.7}, () => g.arc(x, y, r, 0, 7));
        else if (f > middle !== (kind === "real")) stroke(g, colours.ink, {width: 1.3}, () => {
            for (const s of [-4, 4]) trace(g, [[x - 4, y - s], [x + 4, y + s]]);
        });
    });
}

// ---------------------------------------------------------------------------------------- the pen

const pen = {at: [0, 0], stroke: []};
const isDrawing = () => settings.data === "drawn" && !slow.on;
const mostDrawn = 500;

function dropPoints(points) {
    const before = settings.drawn ? settings.drawn.split(",") : [];
    const texts = points.flat().map(v => Math.min(Math.max(v, -1.5), 1.5).toFixed(2));
    set({drawn: before.concat(texts).slice(-2 * mostDrawn).join()});
}

// With the mouse; with the keys the arrows move it, and Enter drops a point.
function listenToPen(canvas) {
    const listen = (kind, act) => canvas.addEventListener(kind, event => {
        if (!isDrawing() || act(event) === false) return;
        event.preventDefault();
        event.stopImmediatePropagation();  // samples are not pointed at meanwhile
    }, true);
    listen("pointerdown", event => {
        canvas.setPointerCapture(event.pointerId);
        canvas.focus();
        pen.stroke = [canvas.plane.back(event.offsetX, event.offsetY)];
    });
    listen("pointermove", event => {
        if (!pen.stroke.length) return false;
        const [x, y] = canvas.plane.back(event.offsetX, event.offsetY), [a, b] = pen.stroke[pen.stroke.length - 1];
        if (Math.hypot(x - a, y - b) > 0.03) pen.stroke.push([x, y]);
        draw();
    });
    listen("pointerup", () => dropPoints(pen.stroke.splice(0)));
    listen("keydown", ({key}) => {
        const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1]}[key];
        if (!move && key !== "Enter") return false;
        if (move) pen.at = pen.at.map((v, i) => Math.min(Math.max(v + 0.1 * move[i], -1.5), 1.5));
        else dropPoints([pen.at]);
        const {left, top} = canvas.getBoundingClientRect(), [x, y] = pen.at;
        const where = short(x, 2) + ", " + short(y, 2);
        say(move ? "pen at " + where + ", Enter drops a point" : "a point at " + where,
            left + canvas.plane.across(x), top + canvas.plane.down(y));
    });
}
