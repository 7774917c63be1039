// The engine's side of the live page. It trains in slices of some 25 ms, so that it hears the page in between, and
// sends a moment when the page has drawn the last one.
//
//     page -> worker   [what, ...arguments], one of the tasks below
//     worker -> page   {moment, fresh, rate, pace} | {turn, before, after} | {defaults} | {error}
"use strict";

const cells = 40, places = 120;  // of D's surface, each way; on a line
const shownPoints = 500;
let engine = null;
let state = null;      // what the last call answered
let box = null;        // left, right, bottom, top: where D is looked at
let pace = 0;          // iterations a second; 0: it pauses
let until = Infinity;  // the step at which it pauses by itself
let drawn = true;      // the page waits for a moment
let history = [];      // since the last moment
let size = 1;          // iterations in a slice
let playing = 0;       // the number of the last play(): slices of an earlier one end
let done = 0, since = 0;  // iterations since then, for their rate

// ---------------------------------------------------------------------------------------- the engine's calls

// A call of examples/playground/engine.cpp. It answers with a JSON text; {"error": ...} is an exception of the engine.
function call(name, ...values) {
    const answer = JSON.parse(engine.ccall("playground_" + name, "string", values.map(v => typeof v), values));
    if (answer.error) throw new Error(answer.error);
    return answer;
}

// The numbers that the last call left under this name. Its memory is the engine's: copied at once.
function numbers(name) {
    const ask = what => engine.ccall("playground_" + what, "number", ["string"], [name]);
    const first = ask("array"), count = ask("array_size");
    return engine.HEAPF32.slice(first / 4, first / 4 + count);
}

const numbersOf = names => Object.fromEntries(names.map(name => [name, numbers(name)]));

// What the page draws.
function look() {
    const points = {...call("points", shownPoints), ...numbersOf(["real", "fake", "f", "slopes", "lattice"])};
    const [left, right, bottom, top] = box, line = state.dimensions === 1, n = line ? places : cells;
    const dx = (right - left) / n / 2, dy = (top - bottom) / n / 2;  // half a cell: D is seen in the middle of each
    call("surface", left + dx, right - dx, n, bottom + dy, top - dy, line ? 1 : n);
    return {state, points, surface: numbers("surface"), history: history.splice(0)};
}

function send(fresh = false) {
    drawn = false;
    const now = performance.now(), rate = 1000 * done / (now - since);
    if (now - since > 500) [done, since] = [0, now];
    postMessage({moment: look(), fresh, rate, pace});
}

// ---------------------------------------------------------------------------------------- training

function train(n) {
    state = call("train", n);
    history.push({first: state.step - n + 1, rows: numbers("history")});
    done += n;
}

const nextSlice = new MessageChannel();  // unlike setTimeout it does not wait 4 ms
nextSlice.port1.onmessage = event => guarded(() => slice(event.data));

function slice(mine) {
    if (!pace || mine !== playing) return;
    const start = performance.now(), full = pace === Infinity;
    train(full ? Math.min(size, until - state.step) : 1);
    const took = performance.now() - start;
    if (full) size = Math.max(1, Math.min(Math.round(size * 25 / Math.max(took, 1)), 2 * size));
    if (state.step >= until) pace = 0;
    if (drawn || !pace) send();
    if (full) nextSlice.port2.postMessage(mine);
    else setTimeout(() => guarded(() => slice(mine)), Math.max(1000 / pace - took, 0));
}

const tasks = {
    create(settings, newBox) {  // settings: the text of an address
        pace = 0;
        [state, box, history] = [call("create", settings), newBox, []];
        send(true);
    },
    change(settings, newBox) {
        [state, box] = [call("change", settings), newBox];
        if (state.restarted) history = [];
        send(state.restarted);
    },
    play(newPace, step = Infinity) {
        if (!state) return;  // settings that were refused
        [pace, until, done, since] = [newPace, step, 0, performance.now()];
        slice(++playing);
    },
    pause() { pace = 0; send(); },
    step() { pace = 0; train(1); send(); },
    turn(player) {
        pace = 0;
        const before = look(), turn = call(player + "_turn");
        Object.assign(turn, numbersOf(["real", "fake", "real_logits", "fake_logits", "real_slope", "fake_slope",
                                       "arrows", "fake_after"]));
        state = turn;
        postMessage({turn, before, after: look()});
    },
    drawn() { drawn = true; },
};

// Whatever goes wrong is said on the page, and the training pauses.
function guarded(task) {
    try {
        task();
    } catch (error) {
        pace = 0;
        postMessage({error: error.message});
    }
}

gantry_engine().then(made => {
    engine = made;
    guarded(() => postMessage({defaults: call("create", "").settings}));
    onmessage = ({data: [what, ...rest]}) => guarded(() => tasks[what](...rest));
}, error => postMessage({error: "The engine does not start: " + error.message}));
