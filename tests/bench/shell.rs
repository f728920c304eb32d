//! Shell commands read into their normal form, in each second on one processor core. The reference splits the same
//! commands into words and knows no operators.

use crate::report::{Report, median};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 5;
const TIMES: usize = 2_000;

/// As agents write them, the short ones most often.
const COMMANDS: [&str; 12] = [
    "ls -la src",
    "git status",
    "npm test",
    "git diff --stat HEAD~1 -- gateway/src",
    "cargo test --workspace --test it 2>&1 | tail -n 40",
    "cd /work/shop && npm run build",
    "grep -rn 'fn main' src --include='*.rs' | head -20",
    "git add -A && git commit -m \"feat: a button that does what it says\"",
    "for f in a b c; do echo \"$f\"; done",
    "find . -name '*.log' -exec rm {} +",
    "sh -c 'cd x; make -j4' > out.txt",
    "cat > notes.md <<'E'\n# Notes\n\nIt's done (really).\nE",
];

pub(crate) fn measure(report: &mut Report) {
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        bare.push(per_second(|command| drop(black_box(shlex::split(command)))));
        ours.push(per_second(|command| drop(black_box(shell_form::read(command)))));
    }
    report.add("gate_parse_per_s", median(ours), "1/s", median(bare));
}

#[allow(clippy::cast_precision_loss, reason = "a count of thousands")]
fn per_second(read: impl Fn(&str)) -> f64 {
    let began = Instant::now();
    for _ in 0..TIMES {
        COMMANDS.iter().for_each(|command| read(black_box(command)));
    }
    (TIMES * COMMANDS.len()) as f64 / began.elapsed().as_secs_f64()
}
