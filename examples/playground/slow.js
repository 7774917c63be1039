// Slow motion: one update of one player in its five steps, in words, formula and numbers, on the picture, and with the
// source that computed it. The engine has done the update when it is shown; its numbers are revealed step by step.
"use strict";

const sources = JSON.parse(document.getElementById("sources").textContent);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// turn: what the engine says of the update; before, after: the moments around it; losses: the last of D and of G;
// stage: 1 to 5; D_turns: since G's last; moved: how far the points of stage 5 have come, 0 to 1
const slow = {on: false, turn: null, stage: 1, losses: {}, D_turns: 0, moved: 1, timer: null};

function setSlow(on) {
    clearInterval(slow.timer);
    Object.assign(slow, {on, turn: null, timer: null, D_turns: 0});
    state.playing = false;
    document.body.classList.toggle("slowly", on);
    find(".slow").hidden = !on;
    on ? ask("turn", "D") : ask("pause");
    showPlaying();
}

// Whose turn is next: D's, as often as it moves for one of G.
const nextPlayer = () => slow.D_turns < +settings.critic_steps ? "D" : "G";

function showTurn(turn) {
    slow.D_turns = turn.player === "D" ? slow.D_turns + 1 : 0;
    slow.losses[turn.player] = turn.loss;
    Object.assign(slow, {turn, stage: 1});
    showStage();
}

function stepSlowly(by) {
    if (!slow.turn) return;
    if (slow.stage + by > 5) {
        slow.turn = null;  // until the next one arrives
        return ask("turn", nextPlayer());
    }
    slow.stage = Math.max(slow.stage + by, 1);
    showStage();
}

function playSlowly() {
    slow.timer = slow.timer ? clearInterval(slow.timer) : setInterval(() => stepSlowly(1), 3000);
    showPlaying();
}

// The arrows first; then the points move.
function moveSlowly(start) {
    const {turn} = slow;
    slow.moved = 0;
    requestAnimationFrame(function frame(now) {
        if (slow.turn !== turn || slow.stage !== 5) return;
        slow.moved = Math.min(Math.max((now - start - 1000) / 800, 0), 1);
        draw();
        if (slow.moved < 1) requestAnimationFrame(frame);
    });
}

// ---------------------------------------------------------------------------------------- in words

function showStage() {
    const {turn, stage} = slow, now = turn.stages[stage - 1], panel = find(".slow");
    panel.querySelector("ol").replaceChildren(...turn.stages.map((each, i) =>
        make("li", {textContent: each.name, className: i + 1 === stage ? "now" : ""})));
    panel.querySelector("h2").textContent = turn.player + "’s turn, step " + stage + " of 5: " + now.name;
    panel.querySelector(".formula").textContent = now.formula;
    panel.querySelector(".text").textContent = now.text;
    panel.querySelector(".bars").replaceChildren(...(stage < 4 ? [] : Object.keys(slow.losses).map(bar)));
    panel.querySelector("table").replaceChildren(...sampleRows());
    panel.querySelector(".source").replaceChildren(...now.source.map(excerpt));
    slow.moved = 1;
    if (stage === 5 && turn.player === "G" && !calm.matches) moveSlowly(performance.now());
    draw();
}

// A loss as a bar from 0, both players' on one scale.
function bar(player) {
    const value = slow.losses[player], reach = Math.max(...Object.values(slow.losses).map(Math.abs), 1e-9);
    const line = make("span", {className: player});
    line.style.width = Math.abs(value) / reach * 50 + "%";
    line.style.left = value < 0 ? 50 - Math.abs(value) / reach * 50 + "%" : "50%";
    return make("p", {}, make("b", {textContent: "L_" + player + " = " + short(value, 4)}), make("i", {}, line));
}

// The first samples of the batch, with what is known of them at this stage.
function sampleRows() {
    const {turn, stage} = slow, d = one.dimensions;
    const vector = (x, i) => Array.from(x.slice(d * i, d * i + d), v => short(v, 2)).join(", ");
    const columns = [  // name, from which stage on, what stands in it
        ["", 1, kind => kind],
        ["x", 1, (kind, i) => vector(turn[kind], i)],
        ["f", 3, (kind, i) => short(turn[kind + "_logits"][i])],
        ["s(f)", one.logistic ? 3 : 9, (kind, i) => short(sigmoid(turn[kind + "_logits"][i]))],
        ["∂L/∂f", 4, (kind, i) => short(turn[kind + "_slope"][i])],
    ].filter(([, first]) => first <= stage);
    const row = (tag, texts) => make("tr", {}, ...texts.map(text => make(tag, {textContent: text})));
    const kinds = turn.player === "G" ? ["fake"] : stage === 1 ? ["real"] : ["real", "fake"];
    return [row("th", columns.map(([name]) => name)), ...kinds.flatMap(kind =>
        upTo(Math.min(turn[kind].length / d, 3)).map(i => row("td", columns.map(([, , text]) => text(kind, i)))))];
}

// So many lines from the one that the engine names, or to the end of that function.
function excerpt({file, find: first, lines: count}) {
    const lines = sources.files[file].split("\n"), from = lines.indexOf(first);
    const end = lines.findIndex((line, i) => i > from && /^};?$/.test(line)), to = count ? from + count - 1 : end;
    const indent = first.search(/\S/), text = lines.slice(from, to + 1).map((line, i) =>
        String(from + i + 1).padStart(4) + "  " + line.slice(indent)).join("\n");
    const where = make("figcaption", {textContent: file + ":" + (from + 1)});
    return make("figure", {}, where, make("pre", {textContent: text}));
}
