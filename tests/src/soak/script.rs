//! What a person writes, and so what the agent does: some words that stream, one thing that needs a person, the last word.
//! Every turn has a mark of its own, by which it is known again wherever it shows.

use serde_json::json;

/// What the agent needs a person for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// May it run a command, which leaves a line in a file.
    Run,
    /// A question with two options.
    Question,
}

/// The file that each allowed command adds its mark to.
pub(super) const RAN: &str = "ran.txt";

/// In the first turn of a session the agent also runs this, which a rule of the gate lets run.
pub(super) const LOOKS: &str = "wc -l README.md";

const FIRST: &str = "t000";

/// All marks are equally long, so that none is the beginning of another.
pub(super) fn mark(session: usize, turn: usize) -> String {
    format!("s{session:03}t{turn:03}")
}

pub(super) fn working(mark: &str) -> String {
    format!("Working on {mark}.")
}

pub(super) fn finished(mark: &str) -> String {
    format!("Finished {mark}.")
}

/// The line that the scripted model plays.
pub(super) fn script(mark: &str, wish: Wish) -> String {
    let call = match wish {
        Wish::Run => json!({ "name": "bash", "args": {
            "command": format!("echo {mark} >> {RAN}"), "description": "Leaves a line" } }),
        Wish::Question => json!({ "name": "question", "args": { "questions": [{
            "question": format!("Which colour for {mark}?"), "header": "Colour",
            "options": [{ "label": "Red", "description": "Warm" }, { "label": "Blue", "description": "Cold" }] }] } }),
    };
    let mut calls = vec![call];
    if mark.ends_with(FIRST) {
        calls.push(json!({ "name": "bash", "args": { "command": LOOKS, "description": "Looks" } }));
    }
    let steps = json!([
        { "text": format!("{} ", working(mark)), "words": 30, "delay_ms": 40, "tools": calls },
        { "text": finished(mark) },
    ]);
    format!("script: {steps}")
}
