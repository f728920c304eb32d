//! The words of a task, and how alike two tasks are.

use std::collections::BTreeSet;

/// Words that are in every other sentence and say nothing about the task.
const COMMON: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how", "in", "into",
    "is", "it", "its", "new", "of", "on", "or", "our", "please", "should", "that", "the", "their", "this",
    "to", "up", "we", "what", "when", "whether", "with", "you",
];

pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self(words.map(str::to_lowercase).collect())
    }

    /// Where the clue stands, and the words that it was found in. Each of its words may be the beginning of one.
    pub(super) fn find(&self, clue: &str) -> Option<(usize, String)> {
        let wanted: Vec<_> = clue.split(' ').filter(|word| !word.is_empty()).collect();
        let fits = |found: &[String]| found.iter().zip(&wanted).all(|(word, start)| fits(word, start));
        let at = self.0.windows(wanted.len().max(1)).position(fits)?;
        (!wanted.is_empty()).then(|| (at, self.0[at..at + wanted.len()].join(" ")))
    }

    fn telling(&self) -> BTreeSet<&str> {
        self.0.iter().map(String::as_str).filter(|word| !COMMON.contains(word)).collect()
    }
}

/// A clue of three letters or less is a word of its own: `ui` is not the beginning of `uinput`.
fn fits(word: &str, start: &str) -> bool {
    if start.chars().count() <= 3 { word == start } else { word.starts_with(start) }
}

/// From 0 (no telling word in common) to 1 (all of them).
pub(super) fn likeness(one: &Words, other: &Words) -> f64 {
    let (one, other) = (one.telling(), other.telling());
    let sizes = one.len() * other.len();
    if sizes == 0 {
        return 0.0;
    }
    let count = |n: usize| u32::try_from(n).map_or(f64::MAX, f64::from);
    count(one.intersection(&other).count()) / count(sizes).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clue_of_several_words_needs_them_in_a_row() {
        let words = Words::of("Write the user stories for uploads");
        assert_eq!(words.find("user stor"), Some((2, "user stories".to_owned())));
        assert_eq!(words.find("stories user"), None);
        assert_eq!(words.find("up"), None, "short clues are whole words");
        assert_eq!(words.find(""), None);
    }

    #[test]
    fn likeness_counts_telling_words() {
        assert!((likeness(&Words::of("Fix the login"), &Words::of("fix a login")) - 1.0).abs() < 1e-9);
        assert!(likeness(&Words::of("the of"), &Words::of("the of")) < 1e-9);
    }
}
