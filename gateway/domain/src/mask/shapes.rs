//! Secrets that are known by their own shape, wherever they stand: tokens of providers, from `published.tsv`.

use super::bytes::{at, begins_word, part, run_before, skip, upto};
use super::judge::looks_random;
use super::private_keys::lines_of_key;
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// Where its pattern is looked for, and what else must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Starts,
    /// At the anchor, with small and capital letters.
    Mixed,
    /// At the anchor, and it looks drawn.
    Random,
    /// Anywhere in the word that holds the anchor.
    Within,
    /// The first line of a private key.
    Body,
}

pub(super) struct Shape {
    name: &'static str,
    anchors: &'static str,
    how: How,
    pattern: &'static str,
    regex: OnceLock<Option<Regex>>,
}

pub(super) static SHAPES: LazyLock<Vec<Shape>> =
    LazyLock::new(|| include_str!("published.tsv").lines().filter_map(Shape::read).collect());

/// Longest part of a text that a pattern is held against: enough for the longest token.
const WINDOW: usize = 16 * 1024;

/// The same once much was looked through in vain: a bound for a hostile text.
const SMALL_WINDOW: usize = 256;
const MUCH: usize = 1 << 22;

/// How much was looked through behind anchors that had no secret.
#[derive(Default)]
pub(super) struct Misses(usize);

impl Misses {
    fn window(&self) -> usize {
        if self.0 < MUCH { WINDOW } else { SMALL_WINDOW }
    }

    /// A pattern goes no further than its signs do.
    fn count(&mut self, window: &[u8]) {
        self.0 += skip(window, 0, is_of_address);
    }
}

/// Fewer different signs than this behind its anchor are a placeholder such as `ghp_xxxxxxxx`.
const FEWEST_SIGNS: usize = 5;

impl Shape {
    fn read(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let (name, anchors) = (columns.next()?, columns.next()?);
        let (how, pattern) = (columns.next()?, columns.next()?);
        let how = match how {
            "starts" => How::Starts,
            "mixed" => How::Mixed,
            "random" => How::Random,
            "within" => How::Within,
            "body" => How::Body,
            _ => return None,
        };
        Some(Self { name, anchors, how, pattern, regex: OnceLock::new() })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn anchors(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.anchors.split(' ')
    }

    /// Compiled when a text first has its anchor: few are ever needed.
    fn regex(&self) -> Option<&Regex> {
        let whole = || match self.how {
            How::Within => self.pattern.to_owned(),
            _ => format!("^(?:{})", self.pattern),
        };
        let compiled = || RegexBuilder::new(&whole()).unicode(false).build().ok();
        self.regex.get_or_init(compiled).as_ref()
    }

    /// The secret that has this anchor.
    pub(super) fn found(
        &self,
        bytes: &[u8],
        anchor: &Range<usize>,
        misses: &mut Misses,
    ) -> Option<Range<usize>> {
        if self.how == How::Within {
            return self.found_around(bytes, anchor, misses);
        }
        if !begins_word(bytes, anchor.start) {
            return None;
        }
        let most = misses.window();
        let window = part(bytes, anchor.start..bytes.len().min(anchor.start + most));
        let Some(length) = self.regex()?.find(window).map(|found| found.end()) else {
            misses.count(window);
            return None;
        };
        let found = anchor.start..anchor.start + length;
        let tail = part(bytes, anchor.end.min(found.end)..found.end);
        let ends = !at(bytes, found.end).is_ascii_alphanumeric();
        let holds = match self.how {
            How::Mixed => {
                ends && tail.iter().any(u8::is_ascii_lowercase) && tail.iter().any(u8::is_ascii_uppercase)
            }
            How::Random => ends && looks_random(tail),
            How::Body => return Some(lines_of_key(bytes, found.start, found.end)),
            How::Starts | How::Within => true,
        };
        let end = if length == most { skip(bytes, found.end, is_of_token) } else { found.end };
        (holds && distinct(tail) >= FEWEST_SIGNS).then_some(found.start..end)
    }

    fn found_around(&self, bytes: &[u8], anchor: &Range<usize>, misses: &mut Misses) -> Option<Range<usize>> {
        let start = run_before(bytes, anchor.start, 160, is_of_address);
        let end = skip(upto(bytes, anchor.end + misses.window()), anchor.end, is_of_address);
        let window = part(bytes, start..end);
        let Some(found) = self.regex()?.find(window) else {
            misses.count(window);
            return None;
        };
        (distinct(found.as_bytes()) >= FEWEST_SIGNS).then_some(start + found.start()..start + found.end())
    }

    #[cfg(test)]
    fn compiles(&self) -> bool {
        self.regex().is_some()
    }
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.+/=".contains(&byte)
}

/// Signs of words that hold an anchor in their middle.
fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.+/=~:@%".contains(&byte)
}

fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    seen.into_iter().filter(|&one| one).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_compiles() {
        // REQ-PROOF-04
        let lines = include_str!("published.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.clone().count(), SHAPES.len());
        for (line, shape) in lines.zip(&*SHAPES) {
            assert!(shape.compiles(), "{line}");
        }
    }
}
