//! Masks, held against a published corpus (docs/secrets.md): how many of its secrets are found, how many harmless texts changed.
//!
//! The corpus has no secret in it: `‹an36›` is drawn here, the same each time. `early` was known while the rules were written;
//! `late` was written after them. What the rules made of `late` when they first saw it is the figure to believe (`FIRST_SEEN`); its
//! misses are known since, and most were mended.

use gateway_domain::{MASK, mask, mask_text};
use std::fmt::Write;

/// Of the late third, before any rule was changed for it: secrets found, harmless texts kept.
const FIRST_SEEN: &str =
    "when they were first seen: 56 of 74 secrets found (75.7 %), 68 of 70 harmless texts kept (97.1 %)";

struct Case {
    name: String,
    /// It may run: then a mask hides nothing of a shell's grammar, and finds less.
    is_command: bool,
    text: String,
    secrets: Vec<String>,
}

struct Figures {
    of: usize,
    wrong: Vec<String>,
}

impl Figures {
    fn share_wrong(&self) -> f64 {
        f64::from(u32::try_from(self.wrong.len()).unwrap()) / f64::from(u32::try_from(self.of).unwrap())
    }
}

#[test]
fn nearly_all_secrets_of_the_corpus_are_found() {
    // REQ-PROOF-04
    let early = misses(include_str!("corpus/positives.tsv"));
    let late = misses(include_str!("corpus/positives_late.tsv"));
    report("secrets found", &early, &late);
    let all = Figures { of: early.of + late.of, wrong: [early.wrong, late.wrong].concat() };
    assert!(all.of >= 150 && late.of * 3 >= all.of, "{} cases, {} of them late", all.of, late.of);
    assert!(all.share_wrong() <= 0.05, "missed: {:#?}", all.wrong);
}

#[test]
fn harmless_texts_of_the_corpus_stay_as_they_are() {
    // REQ-PROOF-04
    let early = alarms(include_str!("corpus/negatives.tsv"));
    let late = alarms(include_str!("corpus/negatives_late.tsv"));
    report("harmless texts kept", &early, &late);
    let all = Figures { of: early.of + late.of, wrong: [early.wrong, late.wrong].concat() };
    assert!(all.of >= 150 && late.of * 3 >= all.of, "{} cases, {} of them late", all.of, late.of);
    assert!(all.share_wrong() <= 0.02, "changed: {:#?}", all.wrong);
}

#[test]
fn a_mask_of_the_corpus_is_masked_once() {
    // REQ-PROOF-04: what was masked for the record is masked again for the thread
    for case in positives(include_str!("corpus/positives.tsv")) {
        for mask in [mask, mask_text] {
            let once = mask(&case.text);
            assert_eq!(mask(&once), once, "{}", case.name);
        }
    }
}

#[test]
fn no_mask_of_a_command_hides_anything_of_a_shells_grammar() {
    // REQ-GATE-06, REQ-PROOF-04: all signs of its grammar are there after the mask, in their order
    let grammar =
        |text: &str| text.chars().filter(|sign| ";&|<>$`(){}'\"\n".contains(*sign)).collect::<String>();
    for case in positives(include_str!("corpus/positives.tsv")) {
        if case.is_command && !case.text.contains("-----BEGIN") {
            assert_eq!(
                grammar(&mask(&case.text)),
                grammar(&case.text),
                "{}: {}",
                case.name,
                mask(&case.text)
            );
        }
    }
}

#[test]
fn a_long_text_takes_no_longer_than_its_length() {
    // REQ-PROOF-04: texts that were made to be slow
    for (name, piece) in [
        ("heads of keys", "-----BEGIN RSA PRIVATE KEY-----"),
        ("halves of tokens", "-eyJ"),
        ("names", "password"),
        ("names that are set", "password=\""),
        ("addresses", "a://b:"),
        ("programs", "curl -u "),
        ("manifests", "kind: Secret\ndata:\n"),
        ("blocks", "password: |\n  "),
        ("quotes", "password=\"x"),
        ("source", include_str!("masks.rs")),
    ] {
        let (short, long) = (piece.repeat(40_000 / piece.len()), piece.repeat(400_000 / piece.len()));
        let took = |text: &str| {
            let began = std::time::Instant::now();
            std::hint::black_box(mask_text(text));
            std::hint::black_box(mask(text));
            began.elapsed().as_secs_f64()
        };
        let (first, second) = (took(&short), took(&long));
        println!("{name}: {:.1} ms, ten times as long {:.1} ms", first * 1e3, second * 1e3);
        assert!(second < first.mul_add(40.0, 1.0), "{name}: {first} s, then {second} s");
    }
}

fn report(what: &str, early: &Figures, late: &Figures) {
    let mut told = String::new();
    for (which, figures) in [("early", early), ("late", late)] {
        let right = figures.of - figures.wrong.len();
        writeln!(
            told,
            "{what}, {which}: {right} of {} ({:.1} %)",
            figures.of,
            100.0 * (1.0 - figures.share_wrong())
        )
        .unwrap();
        figures.wrong.iter().for_each(|case| writeln!(told, "  not: {case}").unwrap());
    }
    println!("{told}late, {FIRST_SEEN}");
}

fn misses(corpus: &str) -> Figures {
    let cases = positives(corpus);
    let missed = |case: &Case| {
        let masked = if case.is_command { mask(&case.text) } else { mask_text(&case.text) };
        let words = case.secrets.iter().flat_map(|secret| secret.split_whitespace());
        let seen = words.filter(|word| word.len() >= 4 && masked.contains(word)).collect::<Vec<_>>();
        let is_found = seen.is_empty() && masked.contains(MASK);
        (!is_found).then(|| format!("{}: {masked}", case.name))
    };
    Figures { of: cases.len(), wrong: cases.iter().filter_map(missed).collect() }
}

fn alarms(corpus: &str) -> Figures {
    let lines = lines(corpus);
    let changed = |line: &str| {
        let (name, text) = line.split_once('\t').unwrap();
        let text = unescaped(&drawn(name, text));
        let masked = [mask, mask_text].map(|mask| mask(&text)).into_iter().find(|masked| *masked != text)?;
        Some(format!("{name}: {masked}"))
    };
    Figures { of: lines.len(), wrong: lines.iter().filter_map(|line| changed(line)).collect() }
}

fn lines(corpus: &str) -> Vec<&str> {
    corpus.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn positives(corpus: &str) -> Vec<Case> {
    let case = |line: &&str| {
        let [name, read_as, text] = line.splitn(3, '\t').collect::<Vec<_>>().try_into().unwrap();
        let text = unescaped(&drawn(name, text));
        let secrets = text
            .split('«')
            .skip(1)
            .map(|rest| rest.split('»').next().unwrap().to_owned())
            .collect::<Vec<_>>();
        assert!(!secrets.is_empty() && matches!(read_as, "text" | "command"), "{line}");
        let text = text.replace(['«', '»'], "");
        Case { name: name.to_owned(), is_command: read_as == "command", text, secrets }
    };
    lines(corpus).iter().map(case).collect()
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut signs) = (String::new(), text.chars());
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            plain.push(sign);
            continue;
        }
        match signs.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('e') => plain.push('\u{1b}'),
            Some('z') => plain.push('\u{200b}'),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

/// With everything in `‹…›` drawn, the innermost first.
fn drawn(name: &str, text: &str) -> String {
    let mut text = text.to_owned();
    let mut state =
        name.bytes().fold(7_u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(byte)));
    while let Some(end) = text.find('›') {
        let start = text[..end].rfind('‹').unwrap();
        let made = draw(&text[start + '‹'.len_utf8()..end], &mut state);
        text.replace_range(start..end + '›'.len_utf8(), &made);
    }
    text
}

fn draw(what: &str, state: &mut u64) -> String {
    const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
    const CAPITAL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if let Some(text) = what.strip_prefix("base64:") {
        return base64(text.as_bytes());
    }
    if let Some(text) = what.strip_prefix("hexof:") {
        return text.bytes().map(|byte| format!("{byte:02x}")).collect();
    }
    if what == "uuid" {
        return [8, 4, 4, 4, 12].map(|length| draw(&format!("hex{length}"), state)).join("-");
    }
    let kind = what.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let length: usize = what[kind.len()..].parse().unwrap();
    let signs = match kind {
        "an" => [SMALL, CAPITAL, "0123456789"].concat(),
        "up" => [CAPITAL, "234567"].concat(),
        "lo" => [SMALL, "0123456789"].concat(),
        "le" => [SMALL, CAPITAL].concat(),
        "b64x" => [SMALL, CAPITAL, "0123456789+/"].concat(),
        "hex" => "0123456789abcdef".to_owned(),
        "hexu" => "0123456789ABCDEF".to_owned(),
        "dig" => "1234567890".to_owned(),
        other => panic!("nothing is drawn as {other}"),
    };
    let signs: Vec<char> = signs.chars().collect();
    (0..length)
        .map(|_| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            signs[usize::try_from(*state >> 33).unwrap() % signs.len()]
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().chain([&0; 3]).take(3).fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte));
        for place in 0..4 {
            let sign = if place <= three.len() { SIGNS[bits >> (18 - 6 * place) & 63] } else { b'=' };
            text.push(char::from(sign));
        }
    }
    text
}
