//! What nobody types: very long, very deep, of nothing but quotes, and random. It is read in no time, and what is not
//! understood is opaque.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shell_form::{DEEPEST, LONGEST, MOST_STEPS, WhyKind, fits, harmless, read};
use std::time::{Duration, Instant};

/// On a busy machine, without optimisation.
const IN_NO_TIME: Duration = Duration::from_secs(2);

fn read_quickly(command: &str) -> shell_form::Form {
    let began = Instant::now();
    let form = read(command);
    let head: String = command.chars().take(60).collect();
    assert!(began.elapsed() < IN_NO_TIME, "{:?} for {head}…", began.elapsed());
    form
}

#[test]
fn what_is_too_long_is_opaque_at_once() {
    // REQ-GATE-06
    let long = "echo a; ".repeat(1024 * 1024 / 8);
    assert_eq!(read_quickly(&long).opaque[0].kind, WhyKind::TooLong);
    let longest = format!("echo {}", "a".repeat(LONGEST - 5));
    assert!(read_quickly(&longest).opaque.is_empty());
    assert_eq!(read_quickly(&(longest + "a")).opaque[0].kind, WhyKind::TooLong);
}

/// Each by itself, over and over.
const SIGNS: [&str; 85] = [
    "'",
    "\"",
    "`",
    "\\",
    "$",
    "(",
    ")",
    "{",
    "}",
    "$(",
    "${",
    "$((",
    "((",
    "\"$(",
    "`$(",
    "<(",
    "<<E ",
    "<<E\n",
    "{ ",
    "( ",
    "if ",
    "case a in a) ",
    "case a in (",
    "while ",
    "for i in ",
    "do ",
    "f() ",
    "f() { ",
    "! ",
    "time ",
    "[[ ",
    "[",
    "a=(",
    "a[",
    "<",
    ">",
    "<<<",
    "2>",
    "&&",
    "|",
    ";",
    "&",
    "#",
    "*",
    "~",
    "~1",
    "{1..",
    "{a,",
    "\n",
    "\t",
    " ",
    "$'",
    "$\"",
    "\\\n",
    "a\\\n",
    "sudo ",
    "env ",
    "xargs ",
    "find . -exec ",
    "eval ",
    "sh -c ",
    "bash -c '",
    "git -C ",
    "a=$(",
    "function ",
    "select ",
    "coproc ",
    "select a in b; do ",
    "a|",
    "a;",
    "$((1+",
    "$[",
    "${a:-${",
    "💥",
    "é",
    "1",
    "11111111111>",
    "<<'E'\n",
    "((a)",
    "(a)",
    "x() (",
    "{ a; ",
    "(a; ",
    "if a; then ",
    "while a; do ",
];

#[test]
fn what_repeats_one_sign_is_read_in_no_time() {
    // REQ-GATE-06
    for sign in SIGNS {
        for text in [sign.repeat(LONGEST / sign.len()), format!("a {}", sign.repeat(500)), sign.repeat(9)] {
            let form = read_quickly(&text);
            assert!(form.steps.len() <= MOST_STEPS, "{sign}");
        }
    }
}

#[test]
fn nesting_is_read_to_a_depth_and_no_further() {
    // REQ-GATE-06
    let nested = |levels: usize| format!("{}a{}", "echo $(".repeat(levels), ")".repeat(levels));
    assert!(read_quickly(&nested(DEEPEST)).opaque.is_empty());
    assert_eq!(read_quickly(&nested(DEEPEST + 1)).opaque[0].kind, WhyKind::TooDeep);
    assert_eq!(read_quickly(&"sudo ".repeat(DEEPEST + 2)).opaque[0].kind, WhyKind::TooDeep);
    let mut shells = "rm x".to_owned();
    for _ in 0..DEEPEST + 1 {
        shells = format!("sh -c '{}'", shells.replace('\'', r"'\''"));
    }
    assert!(!read_quickly(&shells).opaque.is_empty());
    let many = "a;".repeat(MOST_STEPS + 1);
    assert_eq!(read_quickly(&many).opaque[0].kind, WhyKind::TooMany);
}

#[test]
fn here_documents_in_substitutions_in_arithmetic_are_opaque() {
    // REQ-GATE-06
    for command in [
        "echo $(( $(cat <<E\n1\nE\n) + 1 ))",
        "echo \"$(( `cat <<E\n1\nE\n` ))\"",
        "echo $((1<<E\n2\nE\n))",
        "(( $(cat <<E\nrm x\nE\n) ))",
        "cat <<E\n$(cat <<F\n$((1))\nF\n)\nE",
        "cat <<E $(a\nE\nb)\nE\n",
    ] {
        assert!(!read_quickly(command).opaque.is_empty(), "{command}");
    }
}

/// Random characters, most of them those with a meaning: no panic, no time, and nothing opaque is ever let through.
#[test]
fn random_text_is_read_or_refused() {
    // REQ-GATE-06
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let texts = std::env::var("SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    println!("SEED={seed} SEEDS={texts}");
    let signs: Vec<char> = "'\"\\$`(){}[]<>|&;#*?~!=+-@^,.:/ \t\n\0\u{202e}éabE012".chars().collect();
    let mut dice = StdRng::seed_from_u64(seed);
    for _ in 0..texts {
        let length = dice.random_range(0..40);
        let text: String = (0..length).map(|_| signs[dice.random_range(0..signs.len())]).collect();
        let form = read(&text);
        let hides = text.contains(['\0', '\u{202e}']);
        assert!(!hides || !form.opaque.is_empty(), "{text:?}");
        if !form.opaque.is_empty() {
            assert!(harmless(&form).is_err() && !fits("a *", &form) && !fits("b *", &form), "{text:?}");
        }
        assert!(form.shown().iter().all(|line| !line.contains('\n')), "{text:?}");
    }
}
