//! One pass over a text finds every place that a secret could be near. Most texts have none, and cost nothing more.

use super::flags::PROGRAMS;
use super::shapes::SHAPES;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::ops::Range;
use std::sync::LazyLock;

/// What a place makes one look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// A published shape, by its number.
    Shape(usize),
    /// A part of a name that promises a secret.
    Name,
    Address,
    Authorization,
    /// `bearer` and its like, with a value behind it.
    Scheme,
    Cookie,
    PrivateKey,
    Putty,
    /// A Kubernetes secret.
    Manifest,
    /// A program that takes secrets as plain words.
    Program(usize),
}

const NAMES: [&str; 17] = [
    "pass",
    "pw",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "kennwort",
    "psk",
    "sig=",
    "signature=",
    "_pat",
    "sessionid=",
    "identified by",
    "senha",
    "contrase",
    "securestring",
];

/// Those of everything but shapes and programs.
const OTHERS: &[(&str, Anchor)] = &[
    ("://", Anchor::Address),
    ("authorization", Anchor::Authorization),
    ("x-auth", Anchor::Authorization),
    ("bearer ", Anchor::Scheme),
    ("basic ", Anchor::Scheme),
    ("cookie", Anchor::Cookie),
    // As `curl` takes them.
    (" -b '", Anchor::Cookie),
    (" -b \"", Anchor::Cookie),
    ("-----begin ", Anchor::PrivateKey),
    ("private-lines:", Anchor::Putty),
    ("kind: secret", Anchor::Manifest),
    ("kind: \"secret\"", Anchor::Manifest),
    ("\"kind\": \"secret\"", Anchor::Manifest),
    ("\"kind\":\"secret\"", Anchor::Manifest),
];

struct Anchors {
    automaton: AhoCorasick,
    by_pattern: Vec<Anchor>,
}

static ANCHORS: LazyLock<Option<Anchors>> = LazyLock::new(|| {
    let shapes = SHAPES.iter().enumerate();
    let shapes = shapes.flat_map(|(n, shape)| shape.anchors().map(move |text| (text, Anchor::Shape(n))));
    let programs = PROGRAMS.iter().enumerate().map(|(n, program)| (program.name, Anchor::Program(n)));
    let names = NAMES.into_iter().map(|text| (text, Anchor::Name));
    let all = shapes.chain(programs).chain(names).chain(OTHERS.iter().copied());
    let (texts, by_pattern): (Vec<_>, Vec<_>) = all.unzip();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        // Overlapping hits are wanted, and memory is small beside what a scan of a long output costs.
        .kind(Some(AhoCorasickKind::DFA))
        .build(texts)
        .ok()?;
    Some(Anchors { automaton, by_pattern })
});

/// Every place, in order of its end. None where the automaton could not be made, which a test holds to be impossible.
pub(super) fn hits(bytes: &[u8]) -> Option<impl Iterator<Item = (Anchor, Range<usize>)>> {
    let Anchors { automaton, by_pattern } = ANCHORS.as_ref()?;
    let found = automaton.find_overlapping_iter(bytes);
    Some(found.filter_map(|hit| Some((*by_pattern.get(hit.pattern().as_usize())?, hit.range()))))
}
