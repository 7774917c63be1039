// What a report's page and the live page (examples/playground) share besides the drawing: numbers in words, colours,
// buttons, pointing at samples and curves. Each page has its own `state`, and says
// what change(), isOn() and goTo() are.
"use strict";

function short(x, digits = 3) {
    if (x === null || x === undefined || !isFinite(x)) return "not a number";
    if (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5)) {
        const [factor, power] = x.toExponential(1).split("e");
        const raised = power.replace("+", "").replace(/[-\d]/g, c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || "⁻");
        return factor.replace(/\.0$/, "").replace("-", "−") + "·10" + raised;
    }
    return String(+x.toPrecision(digits)).replace("-", "−");
}

const percent = x => x !== null && isFinite(x) ? Math.round(100 * x) + "\u00a0%" : "no number";
const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

// ---------------------------------------------------------------------------------------- colours

const darkRoom = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => state.theme ? state.theme === "dark" : darkRoom.matches;

let colours = {};
function readColours() {
    document.documentElement.classList.toggle("dark", isDark());
    const style = getComputedStyle(document.documentElement);
    const names = [
        "ink", "soft", "rule", "panel", "real", "fake", "arrow", "lattice", "cursor", "D", "G", "third", "low",
        "middle", "high"
    ];
    for (const name of names) colours[name] = style.getPropertyValue("--" + name).trim();
    find(".theme").setAttribute("aria-pressed", isDark());
}

const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

// ---------------------------------------------------------------------------------------- buttons

const actions = {};  // by the underlined letter of the button

const layers = [
    {name: "surface", label: "<u>D</u>", icon: '<rect x="1" y="2" width="7" height="12" fill="var(--low)"/>' +
        '<rect x="8" y="2" width="7" height="12" fill="var(--high)"/>' +
        '<rect x="1" y="2" width="14" height="12" fill="none" stroke="var(--soft)"/>'},
    {name: "real", label: "<u>r</u>eal",
     icon: '<circle cx="8" cy="8" r="4" fill="none" stroke="var(--real)" stroke-width="1.8"/>'},
    {name: "fakes", label: "<u>g</u>enerated", icon: '<circle cx="8" cy="8" r="4.5" fill="var(--fake)"/>'},
    {name: "arrows", label: "<u>a</u>rrows",
     icon: '<path d="M2 13 L12 4 M7 4 H12 V9" fill="none" stroke="var(--arrow)" stroke-width="1.8"/>'},
    {name: "lattice", label: "<u>z</u> grid",
     icon: '<path d="M1 5 Q8 2 15 5 M1 11 Q8 8 15 11 M5 1 Q3 8 5 15 M11 1 Q9 8 11 15" fill="none" ' +
        'stroke="var(--lattice)" stroke-width="1.4"/>'},
];
const usual = ["surface", "real", "fakes", "arrows"];

// A button that is on while isOn(what); its key is the letter that is underlined in its label.
function addButton(to, what, label, act, icon = "") {
    const button = make("button", {innerHTML: icon + "<span>" + label + "</span>", onclick: act});
    button.dataset.is = what;
    const key = /<u>(.)<\/u>/.exec(label);
    if (key) actions[key[1].toLowerCase()] = act;
    find(to).append(button);
    return button;
}

function toggleLayer(name) {
    state.layers.has(name) ? state.layers.delete(name) : state.layers.add(name);
    change({});
}

// Of the layers, and of the losses whose arrows can be shown.
function addPictureButtons() {
    for (const {name, label, icon} of layers)
        addButton(".layers", "layer " + name, label, () => toggleLayer(name),
            "<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">" + icon + "</svg>");
    const letters = {
        "minimax": "<u>m</u>inimax",
        "non-saturating": "<u>n</u>on-saturating",
        "wasserstein": "<u>W</u>asserstein",
        "least-squares": "least s<u>q</u>uares"
    };
    addButton(".pulls", "loss own", shown().length > 1 ? "each its <u>o</u>wn" : "its <u>o</u>wn",
        () => change({loss: "own"}));
    for (const loss of pullLosses)
        addButton(".pulls", "loss " + loss, letters[loss], () => change({loss})).append(make("output", {}));
}

// ---------------------------------------------------------------------------------------- pointing at things

// One line that says what is pointed at, beside the pointer or under the picture; read aloud.
function say(text, x, y) {
    const box = find(".pointed");
    box.textContent = text;
    box.hidden = !text;
    if (!text) return;
    box.style.left = Math.max(Math.min(x + 14, innerWidth - box.offsetWidth - 8), 4) + "px";
    box.style.top = (y + 18 + box.offsetHeight > innerHeight ? y - box.offsetHeight - 10 : y + 18) + "px";
}

// What sample i is: where, what D says, and what each loss makes of it.
function sayOfSample(run, i, x, y) {
    const frame = frameOf(run), {fakes, f, slopes} = decoded(run, frame), d = run.dimensions;
    const vector = values =>
        (d === 1 ? "" : "(") + Array.from(values, v => short(v, 2)).join(", ") + (d === 1 ? "" : ")");
    const move = movesOf(run, frame, shownLoss(run)).slice(2 * i, 2 * i + d);
    say("sample " + i + (state.pin === i ? ", pinned" : "") + ": x = " + vector(fakes.slice(2 * i, 2 * i + d)) +
        "\nf = " + short(f[i]) + (run.logistic ? ", s(f) = " + short(sigmoid(f[i])) : "") +
        ", ∇f = " + vector(slopes.slice(d * i, d * i + d)) +
        "\n∂L_G/∂f: " + pullLosses.map(loss => loss + " " + short(pullOf[loss](f[i], run), 2)).join(", ") +
        "\nits gradient with " + shownLoss(run) + ": " + vector(move.map(v => -v)), x, y);
}

function listenToWorld(canvas, place) {
    canvas.tabIndex = 0;
    canvas.title = "";
    let chosen = null;
    const nearest = event => {
        const near = canvas.places.map(([x, y]) => Math.hypot(x - event.offsetX, y - event.offsetY));
        const best = near.reduce((a, distance, i) => distance < near[a] ? i : a, 0);
        return near[best] < 18 ? best : null;
    };
    const tell = (i, x, y) => i === null ? say("") : sayOfSample(shown()[place], i, x, y);
    const tellHere = () => {
        const box = canvas.getBoundingClientRect();
        tell(chosen, box.left + canvas.places[chosen][0], box.top + canvas.places[chosen][1]);
    };
    canvas.addEventListener("pointermove", event => tell(nearest(event), event.clientX, event.clientY));
    canvas.addEventListener("pointerleave", () => say(""));
    canvas.addEventListener("blur", () => say(""));
    canvas.addEventListener("pointerdown", event => {
        const i = nearest(event);
        chosen = i ?? chosen;
        change({pin: i === state.pin ? null : i});
    });
    canvas.addEventListener("keydown", event => {
        const step = {",": -1, ".": 1}[event.key];
        const count = canvas.places.length;
        if (step) chosen = ((chosen ?? (step > 0 ? -1 : 0)) + step + count) % count;
        if (event.key === "Enter" && chosen !== null) change({pin: state.pin === chosen ? null : chosen});
        if ((step || event.key === "Enter") && chosen !== null) tellHere();
        if (event.key === "Escape") { change({pin: null}); say(""); }
    });
}

// The frame whose step is the nearest.
function frameAt(step) {
    let best = 0;
    one.frames.forEach((frame, i) => {
        if (Math.abs(frame.step - step) < Math.abs(one.frames[best].step - step)) best = i;
    });
    return best;
}

// All curves at one step.
function sayCurves(step, x, y) {
    const row = rowAt(one, step);
    const lines = shown().map(run => {
        const [real, fake] = run.logistic ? ["s(r)", "s(f)"] : ["r", "f"], c = run.curves;
        const columns = [["L_D", c.D_loss], ["L_G", c.G_loss], [real, c.real], [fake, c.fake],
                         ["|∇D|", c.D_gradient], ["|∇G|", c.G_gradient]];
        const numbers = columns.map(([name, values]) => name + " " + short(values[row])).join(", ");
        return (shown().length > 1 ? run.name + ": " : "") + numbers;
    });
    say("step " + grouped(step) + "\n" + lines.join("\n"), x, y);
}

function listenToCurve(canvas) {
    canvas.addEventListener("pointermove", event => {
        const step = Math.min(Math.max(Math.round(canvas.stepAt(event.offsetX)), 0), one.steps);
        change({cross: step});
        sayCurves(step, event.clientX, event.clientY);
    });
    canvas.addEventListener("pointerleave", () => { change({cross: null}); say(""); });
    canvas.addEventListener("pointerdown", event => { goTo(frameAt(canvas.stepAt(event.offsetX))); });
}
