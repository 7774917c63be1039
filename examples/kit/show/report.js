// A report's page: its numbers, its state and what the reader does. report_draw.js draws, report_views.js says
// what, report_page.js is shared with the live page. No library, no network.
//
//     state {frame, layers, loss, pin, ...}  <-->  the address: #frame=12&loss=minimax&theme=dark
//         |
//         +--> draw(): every figure at that frame, its caption, its text for who cannot see it
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const runs = report.runs;
const one = runs[0];
const ofImages = one.width !== undefined;
const frameCount = Math.max(...runs.map(run => run.frames.length));

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

const unpackRange = ({packed, low, high}) => unpack(packed, low, high);

function decoded(run, frame) {
    if (frame.decoded) return frame.decoded;
    if (ofImages) return frame.decoded = {images: bytesOf(frame.images), walk: bytesOf(frame.walk)};
    return frame.decoded = {
        fakes: unpackPoints(frame.fakes, run),
        surface: unpack(frame.surface, frame.low, frame.high),
        f: unpackRange(frame.f), slopes: unpackRange(frame.slopes), own: unpackRange(frame.own),
        lattice: unpackPoints(frame.lattice, run),
    };
}

for (const run of runs) ofImages ? run.realPixels = bytesOf(run.real) : run.realPoints = unpackPoints(run.real, run);

// Where a loss stands more than once the trainings are branches: by the steps that D takes for one of G.
const branches = runs.every(run => runs.filter(other => other.name === run.name).length > 1) ?
    Array.from(new Set(runs.map(run => run.criticSteps))) : [];
const shown = () => branches.length ? runs.filter(run => run.criticSteps === branches[state.branch]) : runs;

// ---------------------------------------------------------------------------------------- state

const speeds = [1, 2, 0.5];
const state = {frame: frameCount - 1, layers: new Set(usual), loss: "own", branch: 0, pin: null, theme: null,
               cross: null, speed: 0, loop: false};

function readAddress() {
    const fields = new URLSearchParams(location.hash.slice(1));
    const whole = (name, count) => {
        const number = parseInt(fields.get(name), 10);
        return isNaN(number) ? null : Math.min(Math.max(number, 0), count - 1);
    };
    state.frame = whole("frame", frameCount) ?? state.frame;
    state.branch = whole("branch", Math.max(branches.length, 1)) ?? state.branch;
    state.pin = ofImages ? null : whole("z", decoded(one, one.frames[0]).f.length);
    state.loss = report.losses.includes(fields.get("loss")) ? fields.get("loss") : "own";
    if (fields.has("layers")) state.layers = new Set(fields.get("layers").split(","));
    if (["dark", "light"].includes(fields.get("theme"))) state.theme = fields.get("theme");
}

function writeAddress() {
    let hash = "#frame=" + state.frame;
    const shownLayers = layers.map(layer => layer.name).filter(name => state.layers.has(name));
    if (shownLayers.join() !== usual.join()) hash += "&layers=" + shownLayers.join();
    if (state.loss !== "own") hash += "&loss=" + state.loss;
    if (state.branch) hash += "&branch=" + state.branch;
    if (state.pin !== null) hash += "&z=" + state.pin;
    if (state.theme) hash += "&theme=" + state.theme;
    if (hash !== location.hash) history.replaceState(null, "", hash);
}

// ---------------------------------------------------------------------------------------- the moment

const findingsAt = step => shown().flatMap(run => run.findings.filter(f => f.first <= step && step <= f.last).map(f =>
    (runs.length > 1 ? run.name + ": " : "") + f.name + ": " + f.text + " (make run-claim-" + f.card + ")"));

function draw() {
    drawFigures();
    const slider = find("nav input"), step = frameOf(one).step;
    slider.value = step;
    const where = "step " + grouped(step) + " of " + grouped(one.steps);
    slider.setAttribute("aria-valuetext", where);
    find("nav output").textContent = where;
    const found = findingsAt(step);
    find(".findings").textContent = found.length ? "⚠ " + found.join("   ⚠ ") : "";
    find(".findings").title = found.join("\n");
}

function isOn(what) {
    const [kind, name] = what.split(" ");
    return kind === "layer" ? state.layers.has(name) : kind === "loss" ? state.loss === name :
        kind === "branch" ? state.branch === +name : state[kind];
}

function goTo(frame) {
    state.frame = Math.min(Math.max(frame, 0), frameCount - 1);
    draw();
    writeAddress();
}

function change(fields) {
    Object.assign(state, fields);
    draw();
    writeAddress();
}

let timer = null;

// Play stops where something is found, at the end, and when the reader does something.
function play(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
        if (state.frame === frameCount - 1) goTo(0);
        timer = setInterval(() => {
            if (state.frame === frameCount - 1) return state.loop ? goTo(0) : play(false);
            const before = frameOf(one).step;
            goTo(state.frame + 1);
            const after = frameOf(one).step;
            if (shown().some(run => run.findings.some(f => before < f.first && f.first <= after))) play(false);
        }, 160 / speeds[state.speed]);
    }
    find(".play").textContent = timer ? "pause" : "play";
}

// ---------------------------------------------------------------------------------------- keys and buttons

const nextOf = (count, i) => (i + 1) % count;
const setSpeed = () => {
    change({speed: nextOf(speeds.length, state.speed)});
    find(".speed span").textContent = speeds[state.speed] + "×";
    if (timer) play(true);
};
Object.assign(actions, {
    t: () => { state.theme = isDark() ? "light" : "dark"; readColours(); change({}); },
    s: setSpeed,
    l: () => change({loop: !state.loop}),
});

function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const stride = event.shiftKey ? 5 : 1;
    const moves = {
        ArrowRight: () => goTo(state.frame + stride), ArrowLeft: () => goTo(state.frame - stride),
        PageDown: () => goTo(state.frame + 5), PageUp: () => goTo(state.frame - 5),
        Home: () => goTo(0), End: () => goTo(frameCount - 1), " ": () => play(!timer),
    };
    const action = moves[event.key] || actions[event.key.toLowerCase()];
    if (!action || (event.key === " " && event.target.closest("button:not(.play)"))) return;
    event.preventDefault();
    if (moves[event.key] && event.key !== " ") play(false);
    action();
}

function addButtons() {
    if (ofImages) return find(".pulls").remove();
    addPictureButtons();
    branches.forEach((steps, i) => addButton(".branches", "branch " + i,
                         steps + " step" + (steps > 1 ? "s" : "") + " of D", () => change({branch: i})));
}

// A mark over the slider where something was found.
function addMarks() {
    const marks = new Map();
    for (const run of runs) for (const f of run.findings)
        marks.set(f.first, (marks.has(f.first) ? marks.get(f.first) + "\n" : "step " + grouped(f.first) + "\n") +
            (runs.length > 1 ? run.name + ": " : "") + f.name + ": " + f.text);
    for (const [step, text] of marks) {
        const mark = make("button", {
            title: text,
            onclick: () => goTo(Math.min(frameAt(step) + (one.frames[frameAt(step)].step < step), frameCount - 1))
        });
        mark.setAttribute("aria-label", text);
        mark.style.left = 100 * step / one.steps + "%";
        find(".marks").append(mark);
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
    for (const [label, text] of report.notes) line(label, text, text.includes("\n") ? "pre" : "span");
    if (runs.length > 1) for (const run of shown()) line(run.name, run.training);
    for (const run of runs)
        for (const f of run.findings)
            line("found" + (runs.length > 1 ? ", " + run.name : "") + ", steps " + grouped(f.first) + " to " +
                grouped(f.last),
                f.name + ": " + f.text + ". See it alone: make run-claim-" + f.card);

    const reading = [
        "The slider is linear in steps. Moments are closer at the beginning, where more happens. Play stops at each " +
        "mark, where " +
            "something was found.",
        one.average ? "Samples come from the averaged generator (each step keeps " + one.average +
                " of the average), which is the one that is judged." :
                      "Samples come from the generator as it was at that step: no average was asked for.",
        "The noise is the same at every moment: a sample is the same z all the way.",
        "Thin lines are single batches, thick ones the mean of nine neighbours. The outermost hundredth may be cut " +
            "off.",
    ];
    if (!ofImages && one.dimensions === 1)
        reading.push("p is the density of the data" + (one.modes.length ? ", by its formula" : "") +
            "; q that of the fakes: a narrow bell " +
            "around each of 500 (their scale is on the right). Dashed: what D says. Dotted: the best D for this p " +
            "and q" +
            (one.logistic         ? ", p / (p + q)" :
                    isCritic(one) ? ", up to a constant, with slope 1 at most" :
                                    ", the labels weighted by p and q") +
            ". D chases it while G moves q. Lines below: where G sends equally spaced z.");
    if (!ofImages)
        reading.push(
            (one.dimensions === 1 ?
                    "" :
                    "Colour: what D says at each place, on one scale for all moments. Thin line: where D is " +
                        (isCritic(one) ? "at its median, for a critic has no output that means “undecided”. " :
                                         "undecided. ")) +
                "Arrows: where the generator's loss falls for " + decoded(one, one.frames[0]).f.length +
                " of its samples, " +
                "−∂L_G/∂x = −∂L_G/∂f · ∇f. Their length is in proportion, on one scale for all moments" +
                (runs.length > 1 ? " and losses" : "") + "; a seventh of the picture stands for " +
                short(arrowScale, 2) + " and more. Where the gradient vanishes, so do the arrows.",
            "The buttons under the title show the arrows that another loss would have with this D: ∇f is the same, " +
            "∂L_G/∂f " +
                "is not. Beside each its mean |∂L_G/∂f|.",
            "Point at a sample, or go from one to the next with , and . in the picture: its numbers appear. A click " +
            "or Enter " +
                "pins its z, whose trail is drawn; Esc lets it go.");
    if (!ofImages && one.centres) reading.push(
        "Modes are counted on 1,000 samples; one is of high quality within 3 standard deviations of a mode.");
    if (runs.some(run => !run.logistic))
        reading.push(
            "Wasserstein and least squares do not make D's outputs probabilities: they are shown bare. A critic is " +
            "right " +
            "where its output lies on the right side of the middle of both means.");
    for (const text of reading) find(".reading").append(make("li", {textContent: text}));
}

function start() {
    readAddress();
    if (!ofImages) readScales();
    addText();
    build();
    addButtons();
    addMarks();
    addGraphs();
    const slider = find("nav input");
    slider.max = one.steps;
    slider.addEventListener("input", event => { play(false); goTo(frameAt(+event.target.value)); });
    find(".play").addEventListener("click", () => play(!timer));
    find(".speed").addEventListener("click", setSpeed);
    find(".loop").addEventListener("click", actions.l);
    find(".theme").addEventListener("click", actions.t);
    addEventListener("keydown", onKey);
    addEventListener("hashchange", () => { readAddress(); readColours(); draw(); });
    darkRoom.addEventListener("change", () => { readColours(); draw(); });
    readColours();
    new ResizeObserver(draw).observe(find("main"));
    draw();
}
