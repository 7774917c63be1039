// What can be set, what a lecturer has prepared, and the address that holds it. The engine says what the defaults are
// and refuses what does not fit; this page only asks.
//
//     settings {data: "ring", loss: "minimax", ...}  <-->  the form, the address, the text that the engine reads
"use strict";

const losses = ["minimax", "non-saturating", "wasserstein", "least-squares"];
const logistic = ["minimax", "non-saturating"];

// key, label, choices or [lowest, highest, stride], when it is shown, what it is
const controls = {
    "Data": [
        ["data", "data", ["ring", "grid", "moons", "swissroll", "spirals", "circles", "checkerboard", "pinwheel",
                          "gauss1d", "mixture1d", "dirac", "drawn"]],
        ["batch", "batch", [1, 1024, 1]],
        ["latent", "size of z", [1, 64, 1], s => s.data !== "dirac"],
        ["seed", "seed", [0, 1e9, 1]],
    ],
    "Loss": [
        ["loss", "loss", losses],
        ["a", "a, of fakes", [-10, 10, "any"], s => s.loss === "least-squares"],
        ["b", "b, of data", [-10, 10, "any"], s => s.loss === "least-squares"],
        ["c", "c, G’s aim", [-10, 10, "any"], s => s.loss === "least-squares"],
        ["smoothing", "smoothing", [0, 1, "any"], s => logistic.includes(s.loss)],
        ["bound", "D’s bound", ["none", "penalty", "clip"]],
        ["lambda", "its weight λ", [0, 1e6, "any"], s => s.bound === "penalty"],
        ["clip", "weights to ±", [1e-6, 10, "any"], s => s.bound === "clip"],
    ],
    "Updates": [
        ["critic_steps", "D’s steps per G’s", [1, 20, 1]],
        ["frozen", "G frozen until", [0, 1e6, 1]],
        ["optimizer", "optimizer", ["adam", "rmsprop", "sgd"]],
        ["lr", "rate of G", [0, 10, "any"]],
        ["D_rate", "of D, times that", [0, 1000, "any"]],
        ["beta1", "β₁", [0, 0.9999, "any"], s => s.optimizer === "adam"],
        ["beta2", "β₂", [0, 0.9999, "any"], s => s.optimizer !== "sgd"],
        ["momentum", "momentum", [0, 0.9999, "any"], s => s.optimizer === "sgd"],
    ],
    "Networks": [
        ["hidden", "width", [1, 256, 1], s => s.data !== "dirac"],
        ["layers", "hidden layers", [0, 6, 1], s => s.data !== "dirac"],
    ],
};

const scenes = [
    {
        id: "saturation", name: "saturation",
        settings: {loss: "minimax", frozen: 400, hidden: 64, batch: 256, optimizer: "sgd", lr: 0.0001, D_rate: 200,
                   momentum: 0.9, seed: 3},
        see: "For 400 steps only D learns. Minimax’ mean |∂L_G/∂f| goes to 0, and so do its arrows; press N: on the " +
            "same D, non-saturating has long ones. From step 400 on G is free, and hardly moves. Set the loss to " +
            "non-saturating: it leaves at once.",
    },
    {
        id: "collapse", name: "mode collapse",
        settings: {hidden: 64, beta1: 0.9},
        see: "With momentum (β₁ = 0.9) G chases D from mode to mode and has few of the eight, often none. Dark parts " +
            "of the latent square say which z go there. Then set β₁ to 0: with the same loss it soon finds all.",
    },
    {
        id: "circle", name: "Dirac-GAN’s circle", pace: 60,
        settings: {data: "dirac", loss: "wasserstein", optimizer: "sgd", lr: 0.1, batch: 16},
        see: "Each player has one number. (θ, ψ) circles around the equilibrium (0, 0) and comes no nearer, though " +
            "every step lowers its player’s loss. Set the loss to non-saturating: it spirals inwards, slowly.",
    },
    {
        id: "out-of-step", name: "out of step",
        settings: {critic_steps: 20, hidden: 64, lr: 0.002, lambda: 1},
        see: "D takes 20 steps for one of G: G’s samples stay in 3 or 4 of the 8 modes. Set D’s bound to “penalty”: " +
            "now D may be that far ahead, and G finds the others.",
    },
    {
        id: "clipping", name: "clipping",
        settings: {data: "mixture1d", latent: 1, loss: "wasserstein", bound: "clip", clip: 0.02, critic_steps: 5,
                   optimizer: "rmsprop", lr: 0.0005, hidden: 64, lambda: 1},
        see: "A critic with clipped weights (dashed) is nearly flat, far from the best one of slope 1 (dotted). G " +
            "learns because RMSProp divides the gradient by its size: with “sgd” it stops. “Penalty” makes the slope " +
            "about 1.",
    },
];

const paces = [["full speed", Infinity], ["60 a second", 60], ["10 a second", 10], ["2 a second", 2]];

let defaults = {}, settings = {};  // all keys that the engine knows, as texts

const fieldsOf = text => Object.fromEntries(text.split("&").filter(part => part).map(part => {
    const at = part.indexOf("=");
    return [part.slice(0, at), part.slice(at + 1)];
}));
const textOf = fields => Object.entries(fields).map(([key, value]) => key + "=" + value).join("&");

// A set of points drawn by hand begins with an arc.
const someArc = upTo(40).map(i => [Math.cos(Math.PI * i / 39), Math.sin(Math.PI * i / 39) - 0.5])
                    .map(point => point.map(v => v.toFixed(2)).join()).join();

// ---------------------------------------------------------------------------------------- the form

function addForm(onChange) {
    for (const [part, rows] of Object.entries(controls)) {
        const box = make("fieldset", {}, make("legend", {textContent: part}));
        for (const [key, label, range] of rows) {
            const input = typeof range[0] === "string" ?
                make("select", {}, ...range.map(name => make("option", {textContent: name, value: name}))) :
                make("input", {type: "number", min: range[0], max: range[1], step: range[2]});
            input.name = key;
            input.addEventListener("change", () => onChange({[key]: input.value}));
            box.append(make("label", {}, make("span", {textContent: label}), input));
        }
        if (part === "Data")
            box.append(make("button", {type: "button", className: "clear", textContent: "clear the drawing",
                                       onclick: () => onChange({drawn: ""})}));
        find("form").append(box);
    }
    find("form").addEventListener("submit", event => event.preventDefault());
}

function showSettings() {
    for (const [key, , , isShown] of Object.values(controls).flat()) {
        const input = find('[name="' + key + '"]');
        input.value = settings[key];
        input.parentElement.hidden = isShown !== undefined && !isShown(settings);
    }
    for (const box of find("form").children) box.hidden = !box.querySelector("label:not([hidden])");
    find(".clear").hidden = settings.data !== "drawn";
}

// ---------------------------------------------------------------------------------------- the address

const ofPage = ["scene", "layers", "arrows", "theme", "pace", "step", "play", "slow"];

function readAddress() {
    const fields = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const scene = scenes.find(({id}) => id === fields.scene);
    const given = Object.entries(fields).filter(([key]) => !ofPage.includes(key));
    settings = {...defaults, ...texts(scene?.settings ?? {}), ...Object.fromEntries(given)};
    state.scene = scene ?? null;
    state.pace = +fields.pace || scene?.pace || Infinity;
    state.layers = new Set(fields.layers === undefined ? usual : fields.layers.split(","));
    state.loss = losses.includes(fields.arrows) ? fields.arrows : "own";
    state.theme = ["dark", "light"].includes(fields.theme) ? fields.theme : null;
    return fields;
}

const texts = fields => Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));

function writeAddress() {
    const base = {...defaults, ...texts(state.scene?.settings ?? {})};
    const fields = state.scene ? {scene: state.scene.id} : {};
    for (const key in settings) if (settings[key] !== base[key]) fields[key] = settings[key];
    const shownLayers = layers.map(layer => layer.name).filter(name => state.layers.has(name));
    if (shownLayers.join() !== usual.join()) fields.layers = shownLayers.join();
    if (state.loss !== "own") fields.arrows = state.loss;
    if (state.theme) fields.theme = state.theme;
    if (state.pace !== (state.scene?.pace ?? Infinity)) fields.pace = state.pace;
    if (slow.on) fields.slow = 1;
    else if (!state.playing) fields[state.repeatable ? "step" : "play"] = state.repeatable ? one.step : 0;
    const hash = "#" + new URLSearchParams(fields).toString().replaceAll("%2C", ",");
    if (hash !== location.hash) history.replaceState(null, "", hash);
}
