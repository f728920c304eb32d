//! Which owners a CODEOWNERS file names for a path: the last line that fits counts, and one without owners clears.

use std::collections::BTreeMap;

/// A longer one voids itself at GitHub.
pub(super) const LARGEST: usize = 3 * 1024 * 1024;

/// For each path those whom the file names; nobody where it names none.
pub fn owners_by_path<'a>(
    codeowners: &str,
    paths: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, Vec<String>> {
    let rules = Codeowners::parse(codeowners);
    paths.map(|path| (path.to_owned(), rules.of(path).to_vec())).collect()
}

pub(super) struct Codeowners {
    /// Last line first.
    rules: Vec<(Pattern, Vec<String>)>,
}

struct Pattern {
    /// Parts between slashes; `**` stands for any number of them.
    parts: Vec<String>,
    /// All below it belongs to it.
    below: bool,
}

impl Codeowners {
    pub(super) fn parse(text: &str) -> Self {
        let mut rules: Vec<_> = text.lines().filter_map(rule).collect();
        rules.reverse();
        Self { rules }
    }

    /// `@ann`, `@acme/identity`, or a mail address.
    pub(super) fn of(&self, path: &str) -> &[String] {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let fits = |(pattern, _): &&(Pattern, Vec<String>)| pattern.fits(&parts);
        self.rules.iter().find(fits).map_or(&[][..], |(_, owners)| owners.as_slice())
    }
}

fn rule(line: &str) -> Option<(Pattern, Vec<String>)> {
    let mut words = words(line).into_iter();
    let pattern = words.next()?;
    Some((Pattern::parse(&pattern)?, words.collect()))
}

/// A blank or `#` can be escaped within a path; otherwise `#` begins a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut chars) = (Vec::new(), String::new(), line.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            '#' if word.is_empty() => break,
            c if c.is_whitespace() => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            c => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

impl Pattern {
    /// GitHub knows neither `!` nor `[ ]` here.
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with('!') || text.contains(['[', ']']) {
            return None;
        }
        let inner = text.trim_start_matches('/').trim_end_matches('/');
        if inner.is_empty() {
            return (text == "/").then(|| Self { parts: vec!["**".to_owned()], below: true });
        }
        let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
        // Without a slash in front or within, it is meant at any depth.
        if !text.starts_with('/') && !inner.contains('/') {
            parts.insert(0, "**".to_owned());
        }
        // `docs/*` means the files right there, and not what is below.
        let below = parts.last().is_none_or(|last| last != "*") || parts.len() == 2 && parts[0] == "**";
        Some(Self { parts, below: below || text.ends_with('/') })
    }

    fn fits(&self, path: &[&str]) -> bool {
        fit(&self.parts, path, self.below)
    }
}

fn fit(pattern: &[String], path: &[&str], below: bool) -> bool {
    match pattern.split_first() {
        None => path.is_empty() || below,
        Some((first, rest)) if first == "**" => {
            // At the end of a pattern it means at least one part.
            let least = usize::from(rest.is_empty());
            (least..=path.len()).any(|skipped| fit(rest, &path[skipped..], below))
        }
        Some((first, rest)) => {
            path.split_first().is_some_and(|(part, left)| part_fits(first, part) && fit(rest, left, below))
        }
    }
}

/// `*` and `?` stay within one part.
fn part_fits(pattern: &str, part: &str) -> bool {
    let (pattern, part): (Vec<char>, Vec<char>) = (pattern.chars().collect(), part.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < part.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == part[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# who looks at what\n* @acme/all\n*.js @js # a comment\n/build/logs/ @doctocat\ndocs/* docs@example.com\n\
        apps/ @octocat\n/scripts/ @ann @ben\n**/logs @logs\n/apps/github\n/my\\ folder/ @space\n!x @never\n";

    #[test]
    fn the_last_line_that_fits_counts() {
        // REQ-DELIVER-11
        let owners = Codeowners::parse(FILE);
        let table: [(&str, &[&str]); 13] = [
            ("README.md", &["@acme/all"]),
            ("src/deep/x.js", &["@js"]),
            ("build/logs/a/b.txt", &["@logs"]),
            ("build/other/x", &["@acme/all"]),
            ("docs/start.md", &["docs@example.com"]),
            ("docs/build/deep.md", &["@acme/all"]),
            ("x/apps/y.rs", &["@octocat"]),
            ("scripts/a/b", &["@ann", "@ben"]),
            ("x/scripts/a", &["@acme/all"]),
            ("deploy/logs/x", &["@logs"]),
            ("apps/github/x", &[]),
            ("my folder/x", &["@space"]),
            ("x", &["@acme/all"]),
        ];
        for (path, wanted) in table {
            assert_eq!(owners.of(path), wanted, "{path}");
        }
    }

    #[test]
    fn stars_and_question_marks_stay_within_a_part() {
        for (pattern, path, fits) in [
            ("/a/**/z", "a/z", true),
            ("/a/**/z", "a/b/c/z", true),
            ("/a/**", "a", false),
            ("/a/**", "a/b", true),
            ("/a*c", "abbc", true),
            ("/a*c", "ab/c", false),
            ("/a?c", "abc", true),
            ("/a?c", "ac", false),
            ("/*", "x", true),
            ("/*", "x/y", false),
            ("/", "x/y", true),
        ] {
            let owners = Codeowners::parse(&format!("{pattern} @x"));
            assert_eq!(!owners.of(path).is_empty(), fits, "{pattern} {path}");
        }
    }
}
