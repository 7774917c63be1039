// The live page: the report's page with an engine in the place of a file. The engine runs in a worker (worker.js) and
// sends moments; report_draw.js and report_views.js draw them as they draw a report's.
//
//     settings, state  <-->  the address: #loss=minimax&frozen=400&step=600
//         |
//         +--> worker: create, change, play, turn  -->  moments  -->  one.frames, one.curves  -->  draw()
"use strict";

// ---------------------------------------------------------------------------------------- what the drawing reads

const report = {losses}, ofImages = false, branches = [];
const one = {frames: [], curves: {}}, runs = [one];  // the training: see report.js for its fields
const shown = () => runs;
const decoded = (run, frame) => frame.decoded;
const state = {frame: Infinity, layers: new Set(usual), loss: "own", pin: null, theme: null, cross: null,
               playing: false, pace: Infinity, scene: null,
               repeatable: true};  // from its settings alone: they were not changed since the beginning

const mostFrames = 240, mostRows = 600;
const columns = ["D_loss", "G_loss", "penalty", "D_gradient", "G_gradient", "real", "fake", "real_right", "fake_right"];

const boxOf = data => data === "dirac" ? [-2, 2, -2, 2] : [-1.65, 1.65, -1.65, 1.65];

// Every second of a list that has grown too long; the first stays.
const thin = (list, most) => list.length > most ? list.filter((_, i) => i % 2 === 0) : list;

function beginRun() {
    one.frames = [];
    one.curves = {step: [], ...Object.fromEntries(columns.map(name => [name, []]))};
    one.stride = 1;
    state.frame = Infinity;
    state.repeatable = true;
    arrowScale = criticReach = 1;
}

// What the engine says of the training, under the names that the drawing reads. True if it needs other figures.
function describe(engine, points) {
    const kind = () => [one.dimensions, one.logistic, one.centres, one.data].join(), before = kind();
    Object.assign(one, {
        name: settings.loss, data: settings.data, dimensions: engine.dimensions, logistic: engine.logistic,
        undecided: engine.undecided, labels: ["a", "b", "c"].map(key => +settings[key]), latent: +settings.latent,
        box: boxOf(settings.data), modes: engine.modes, centres: engine.mode_std > 0 ? engine.modes.length : 0,
        std: engine.mode_std, scale: points.scale ?? 1, rows: points.rows, columns: points.columns, cells: 40,
        criticSteps: +settings.critic_steps, realPoints: pairs(points.real),
    });
    if (one.logistic) one.labels = [0, 1, 1];
    return kind() !== before;
}

function frameFrom({state: {step, theta, psi, findings}, points, surface}) {
    const {quality, fake, f, slopes, lattice} = points;
    const frame = {step, theta, psi, findings, quality,
                   decoded: {f, slopes, surface, fakes: pairs(fake), lattice: pairs(lattice)}};
    frame.pulls = losses.map(loss => meanSize(pullsOf(one, frame, loss)));
    return frame;
}

function addMoment(moment, fresh) {
    const {state: engine, history} = moment;
    if (fresh) beginRun();
    one.settings = fieldsOf(engine.settings);
    settings = {...settings, ...one.settings};
    const isOther = describe(engine, moment.points), frame = frameFrom(moment);
    one.frames.push(frame);
    if (isOther) rebuild();
    one.frames = thin(one.frames, mostFrames);
    one.step = engine.step;
    one.steps = axisEnd(engine.step);
    history.forEach(addRows);
    scaleArrows(frame);
}

// The end of the curves' axis: 1, 2 or 5 times a power of ten.
function axisEnd(step) {
    const power = 10 ** Math.floor(Math.log10(Math.max(step, 100)));
    return [1, 2, 5, 10].map(factor => factor * power).find(end => end >= step);
}

function addRows({first, rows}) {
    const {curves} = one;
    for (let i = 0; i < rows.length / columns.length; i++) {
        if ((first + i) % one.stride) continue;
        curves.step.push(first + i);
        columns.forEach((name, k) => curves[name].push(rows[i * columns.length + k]));
    }
    while (curves.step.length > mostRows) {
        one.stride *= 2;
        for (const name in curves) curves[name] = thin(curves[name], 1);
    }
}

// One scale for the arrows of all moments so far. With a logistic loss both generators' losses count, so that arrows
// that vanish with one are seen beside those of the other.
function scaleArrows(frame) {
    const counted = one.logistic ? logistic : [one.name];
    frame.longest = Math.max(...counted.map(loss => longestArrow(one, frame, loss)));
    arrowScale = at(one.frames.map(each => each.longest).filter(isFinite).sort((a, b) => a - b), 0.9) || 1;
    frame.reach = isCritic(one) ? reach(frame.decoded.surface) : 0;
    criticReach = Math.max(...one.frames.map(each => each.reach), 1e-9);
}

// ---------------------------------------------------------------------------------------- the picture

let dirty = false, draws = 0;

function draw() {
    if (dirty || !one.frames.length) return;
    dirty = true;
    requestAnimationFrame(() => {
        dirty = false;
        if (!one.frames.length) return;  // it began again
        draws++;
        // Curves change little from moment to moment.
        drawFigures(figures.filter(({canvas}) => !state.playing || canvas.className !== "curve" || draws % 4 === 0));
        const slider = find("nav input"), now = frameOf(one), last = one.frames.length - 1;
        slider.max = last;
        slider.value = Math.min(state.frame, last);
        const where = "step " + grouped(now.step) + (state.frame < last ? " of " + grouped(one.step) : "");
        slider.setAttribute("aria-valuetext", where);
        const rate = state.playing && state.rate ? ", " + grouped(Math.round(state.rate)) + " a second" : "";
        find("nav output").textContent = where + rate;
        showLine();
        ask("drawn");
    });
}

function isOn(what) {
    const [kind, ...name] = what.split(" ");
    return kind === "layer" ? state.layers.has(name[0]) : kind === "loss" ? state.loss === name[0] :
        kind === "scene" ? state.scene === scenes[name[0]] : slow.on;
}

function goTo(frame) {
    if (state.playing) play(false);
    state.frame = frame >= one.frames.length - 1 ? Infinity : Math.max(frame, 0);
    draw();
}

function change(fields) {
    Object.assign(state, fields);
    draw();
    writeAddress();
}

const told = {text: "", kind: "", until: 0};

function tell(text, isError = false) {
    Object.assign(told, {text, kind: isError ? "error" : "note", until: performance.now() + 6000});
    showLine();
}

// What was told last, for six seconds at least; then what the engine finds at the moment that is shown.
function showLine() {
    const found = one.frames.length ? frameOf(one).findings.join("; ") : "", line = find(".findings");
    const isTold = told.text && (!found || performance.now() < told.until), text = isTold ? told.text : found;
    if (line.textContent !== text) line.textContent = line.title = text;  // it is read aloud
    line.className = "findings " + (isTold ? told.kind : "");
}

// ---------------------------------------------------------------------------------------- the engine

const textAt = id => document.getElementById(id).textContent;
let worker = null;
const ask = (...message) => worker.postMessage(message);

function startEngine() {
    worker = new Worker(URL.createObjectURL(new Blob([textAt("engine"), "\n", textAt("worker")])));
    worker.onerror = event => tell(event.message, true);
    worker.onmessage = event => hear(event.data);
}

function hear(data) {
    if (data.error !== undefined) {
        state.playing = false;
        tell("The engine says: " + data.error, true);
        if (one.frames.length) settings = {...settings, ...one.settings};
        else ask("create", textOf(settings = {...defaults}), boxOf(defaults.data));  // the address is no good
        showSettings();
        showPlaying();
    }
    if (data.defaults !== undefined) {
        defaults = {drawn: "", ...fieldsOf(data.defaults)};
        openAddress();
    }
    if (data.turn) {
        if (!slow.on) tell(data.turn.player + "’s step alone: " + data.turn.stages[4].text);
        state.repeatable = false;
        addMoment(data.after, false);
        if (slow.on) {
            slow.before = frameFrom(data.before);
            slow.after = one.frames[one.frames.length - 1];
            showTurn(data.turn);
        }
        draw();
    }
    if (data.moment) {
        const {restarted, notes} = data.moment.state;
        addMoment(data.moment, data.fresh);
        if (data.fresh && restarted) notes.unshift("The training begins again: that cannot be changed while it runs.");
        if (notes.length) tell(notes.join(" "));
        state.rate = data.rate;
        if (state.playing && !data.pace && !data.fresh) state.playing = false;
        showSettings();
        showPlaying();
        draw();
    }
}

// The engine reads settings as one text.
function create() {
    tell("");
    beginRun();
    ask("create", textOf(settings), boxOf(settings.data));
}

// A change of settings while it runs; the engine decides whether it has to begin again.
function set(fields) {
    settings = {...settings, ...fields};
    if (settings.data === "drawn" && !settings.drawn) settings.drawn = someArc;
    state.repeatable = one.step === 0;
    ask("change", textOf(settings), boxOf(settings.data));
    showSettings();
    writeAddress();
}

function play(on) {
    if (slow.on) return playSlowly();
    state.playing = on;
    state.frame = Infinity;
    on ? ask("play", state.pace) : ask("pause");
    showPlaying();
}

function showPlaying() {
    find(".play").textContent = slow.on ? slow.timer ? "pause" : "go on" : state.playing ? "pause" : "play";
    find(".pace").value = state.pace;
    writeAddress();
}

// ---------------------------------------------------------------------------------------- buttons and keys

function alone(what, ...rest) {
    if (slow.on) return;
    state.playing = false;
    state.frame = Infinity;
    ask(what, ...rest);
}

function openScene(i) {
    if (slow.on) setSlow(false);
    const scene = scenes[i];
    settings = {...defaults, ...texts(scene.settings)};
    Object.assign(state, {scene, pace: scene.pace ?? Infinity, loss: "own"});
    showScene();
    create();
    play(!calm.matches);
}

function showScene() {
    find(".see").textContent = state.scene ? state.scene.see :
        "Play, or open a prepared scene. Everything can be changed while it trains.";
}

// A button that is never on.
const addStep = (to, label, act) => delete addButton(to, "", label, act).dataset.is;

function addLiveButtons() {
    addPictureButtons();
    scenes.forEach(({name}, i) =>
        addButton(".scenes", "scene " + i, "<u>" + (i + 1) + "</u> " + name, () => openScene(i)));
    find(".scenes").append(find(".see"));
    addStep(".steps", "on<u>e</u> step", () => alone("step"));
    addStep(".steps", "D’s step a<u>l</u>one", () => alone("turn", "D"));
    addStep(".steps", "G’s ste<u>p</u> alone", () => alone("turn", "G"));
    addStep(".steps", "<u>b</u>egin again", () => slow.on || (create(), showPlaying()));
    addButton(".walk", "slow", "<u>s</u>low motion", () => setSlow(!slow.on));
    addStep(".walk", "← back", () => stepSlowly(-1));
    addStep(".walk", "next →", () => stepSlowly(1));
    find(".pace").append(...paces.map(([label, value]) => make("option", {textContent: label, value})));
    find(".pace").addEventListener("change", event => {
        state.pace = +event.target.value;
        if (state.playing) ask("play", state.pace);
        writeAddress();
    });
    Object.assign(actions, {t: () => { state.theme = isDark() ? "light" : "dark"; readColours(); change({}); }});
    find(".theme").addEventListener("click", actions.t);
    find(".play").addEventListener("click", () => play(!state.playing));
    find("nav input").addEventListener("input", event => goTo(+event.target.value));
}

function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("form, select, input")) return;
    const now = Math.min(state.frame, one.frames.length - 1);
    const keys = {
        ArrowRight: () => slow.on ? stepSlowly(1) : goTo(now + 1),
        ArrowLeft: () => slow.on ? stepSlowly(-1) : goTo(now - 1),
        Escape: () => slow.on && setSlow(false), " ": () => play(!state.playing),
    };
    const action = keys[event.key] || actions[event.key.toLowerCase()];
    if (!action || (event.key === " " && event.target.closest("button:not(.play)"))) return;
    event.preventDefault();
    action();
}

// What the address says: settings, and whether it plays, stands at a step, or is in slow motion.
function openAddress() {
    const fields = readAddress();
    if (settings.data === "drawn" && !settings.drawn) settings.drawn = someArc;
    readColours();
    showScene();
    create();
    const step = parseInt(fields.step, 10), plays = step > 0 || isNaN(step) && !fields.play && !calm.matches;
    if (slow.on || fields.slow) return setSlow(fields.slow !== undefined);
    state.playing = plays;
    if (plays) ask("play", step > 0 ? Infinity : state.pace, step > 0 ? step : Infinity);
    showPlaying();
}

function start() {
    addForm(set);
    addLiveButtons();
    find(".settings").open = innerWidth > 760;
    find(".runs").textContent = "core/, nn/, losses/, optim/ of commit " + sources.commit + " as WebAssembly";
    addEventListener("keydown", onKey);
    addEventListener("hashchange", openAddress);
    darkRoom.addEventListener("change", () => { readColours(); draw(); });
    readColours();
    new ResizeObserver(draw).observe(find("main"));
    startEngine();
}
