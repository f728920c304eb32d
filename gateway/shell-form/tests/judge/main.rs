//! Bash is the judge: commands are drawn, read, and run by a real bash whose programs write down the words that they were
//! given. Whatever ran is in the form, or the form said that it cannot know.
//!
//! `SEED=0 SEEDS=100000 cargo nextest run -p shell-form -E 'test(judge)'` draws more.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod draw;

use bench::Bench;
use draw::Draw;
use shell_form::{Form, Step, Word, WrapperKind, read};

/// Commands that bash runs in `make test`: a few seconds.
const BOUNDED: u64 = 300;

/// Most drawn commands are opaque, and there is nothing to run then.
const DRAWN_FOR_EACH: u64 = 200;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn whatever_ran_is_in_the_form() {
    // REQ-GATE-06
    let (first, wanted) = (setting("SEED", 0), setting("SEEDS", BOUNDED));
    let halves = [first, first + wanted * DRAWN_FOR_EACH / 2];
    std::thread::scope(|scope| {
        let runs = halves.map(|first| scope.spawn(move || judge(first, wanted / 2)));
        for run in runs {
            let counts = run.join().unwrap();
            println!("{counts:?}");
            assert!(counts.ran > 0 && counts.rendered > 0, "nothing was judged");
        }
    });
}

#[derive(Debug, Default)]
struct Counts {
    drawn: u64,
    known: u64,
    ran: u64,
    rendered: u64,
}

fn judge(first: u64, wanted: u64) -> Counts {
    let bench = Bench::set();
    let mut counts = Counts::default();
    for seed in first..first + wanted * DRAWN_FOR_EACH {
        if counts.known == wanted {
            break;
        }
        counts.drawn += 1;
        let command = Draw::new(seed).command();
        let form = read(&command);
        if !form.opaque.is_empty() {
            continue;
        }
        counts.known += 1;
        let (ran, ended) = bench.run(&command);
        counts.ran += u64::from(!ran.is_empty());
        for argv in &ran {
            let listed = form.steps.iter().any(|step| lists(step, argv));
            assert!(listed, "SEED={seed}: {argv:?} ran, and is not in\n{:#?}\nof\n{command}", form.shown());
        }
        let rendered = ended && rendered_runs_the_same(&bench, seed, &command, &form, &ran);
        counts.rendered += u64::from(rendered);
    }
    counts
}

fn rendered_runs_the_same(bench: &Bench, seed: u64, command: &str, form: &Form, ran: &[Vec<String>]) -> bool {
    let Some(rendered) = form.rendered() else { return false };
    let (again, ended) = bench.run(rendered);
    assert!(!ended || again == ran, "SEED={seed}: {rendered} for {command}: {again:?}, and first {ran:?}");
    let again = read(rendered);
    assert_eq!(again.steps, form.steps, "SEED={seed}: {rendered}");
    assert_eq!(again.rendered(), Some(rendered), "SEED={seed}");
    true
}

/// Whether a step or one of its wrappers is what ran.
fn lists(step: &Step, ran: &[String]) -> bool {
    (0..=step.via.len()).any(|from| {
        let mut words: Vec<Word> = vec![];
        for wrapper in &step.via[from..] {
            words.extend(wrapper.words.iter().cloned());
            // The rest of a shell's words is the text that was read; `xargs` may have nothing behind it.
            let itself = match wrapper.kind {
                WrapperKind::Shell => &ran[..words.len().min(ran.len())],
                _ => ran,
            };
            if matches(&words, itself) {
                return true;
            }
        }
        words.extend(step.argv.iter().cloned());
        matches(&words, ran)
    })
}

fn matches(words: &[Word], ran: &[String]) -> bool {
    let Some((word, rest)) = words.split_first() else { return ran.is_empty() };
    match word {
        Word::Static(text) => ran.first() == Some(text) && matches(rest, &ran[1..]),
        Word::Dynamic { single: true, .. } => !ran.is_empty() && matches(rest, &ran[1..]),
        Word::Dynamic { single: false, .. } => (0..=ran.len()).any(|taken| matches(rest, &ran[taken..])),
    }
}
