//! Looks for secrets in what changed, and in what each of the agent's commits made on the way. A secret that was there
//! before the change is nobody's news. Only its place is ever told.

use crate::commits_between::{MadeFile, made_by};
use crate::content::{self, Content, readable};
use crate::limits::Budget;
use crate::secret_files::{self, is_secret_file};
use crate::{OutgoingFault, is_test};
use gateway_delivery::FoundSecret;
use gateway_domain::{SecretPlace, find_secrets, mask_text};
use git2::{Oid, Repository};
use std::collections::HashSet;

/// Larger files were not written by hand; a rule denies what was not scanned.
const MAX_FILE: usize = 32 * 1024 * 1024;

/// Nobody reads more.
const MAX_FOUND: usize = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    pub secrets: Vec<FoundSecret>,
    /// What could not be looked at, in sentences.
    pub unmeasured: Vec<String>,
}

/// All secrets of one text that an earlier one doesn't have.
pub fn scan_text(path: &str, text: &[u8], before: Option<&[u8]>) -> Vec<FoundSecret> {
    let narrow = narrowed(text);
    let text = narrow.as_deref().unwrap_or(text);
    let mut lines = Lines { text, at: 0, line: 1 };
    let found = new_secrets(path, text, before);
    found.into_iter().map(|place| secret(place.rule, path, lines.of(place.at.start), None)).collect()
}

pub(crate) struct Scan<'a> {
    repository: &'a Repository,
    budget: &'a Budget,
    /// What was scanned already, and under which path: a file's name says what is a secret in it.
    seen: HashSet<(Vec<u8>, Oid)>,
    /// What the tree has; where it was on the way to it needs no telling.
    values: HashSet<Vec<u8>>,
    found: Scanned,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(repository: &'a Repository, budget: &'a Budget) -> Self {
        Self { repository, budget, seen: HashSet::new(), values: HashSet::new(), found: Scanned::default() }
    }

    /// The files of the tree first, then the commits, the oldest first.
    pub(crate) fn over(mut self, tree: &[MadeFile], commits: &[Oid]) -> Result<Scanned, OutgoingFault> {
        let told = |error: git2::Error| OutgoingFault::git("look for secrets", &error);
        for file in tree {
            self.file(file, None).map_err(told)?;
            self.budget.in_time()?;
        }
        for (n, commit) in commits.iter().enumerate() {
            for file in made_by(self.repository, *commit).map_err(told)? {
                self.file(&file, Some(n + 1)).map_err(told)?;
                self.budget.in_time()?;
            }
        }
        self.found.secrets.sort();
        self.found.secrets.dedup();
        Ok(self.found)
    }

    fn file(&mut self, file: &MadeFile, commit: Option<usize>) -> Result<(), git2::Error> {
        if !self.seen.insert((file.path.clone(), file.id)) {
            return Ok(());
        }
        let (path, _) = readable(&file.path);
        self.name(&path, file.before.is_none(), commit);
        let text = match content::of(self.repository, file.id, MAX_FILE)? {
            Content::None => return Ok(()),
            Content::TooLarge(size) => {
                self.found
                    .unmeasured
                    .push(format!("{path} has {size} bytes, too many to look for secrets in it."));
                return Ok(());
            }
            Content::Bytes(text) => narrowed(&text).unwrap_or(text),
        };
        let places = new_places(&path, &text, || match file.before {
            None => Ok(vec![]),
            Some(before) => Ok(match content::of(self.repository, before, MAX_FILE)? {
                Content::Bytes(before) => before,
                _ => vec![],
            }),
        })?;
        self.add(&path, &text, places, commit);
        Ok(())
    }

    /// A name can be a secret, and have one in it.
    fn name(&mut self, path: &str, is_new: bool, commit: Option<usize>) {
        if is_new && is_secret_file(path) {
            let value = [b"file:", path.as_bytes()].concat();
            if self.is_news(value, commit) {
                self.push(secret(secret_files::RULE, path, 0, commit));
            }
        }
        let named = find_secrets(path.as_bytes()).into_iter().find(|place| place.rule != "encoded-secret");
        if let Some(place) = named {
            let value = path.as_bytes()[place.at.clone()].to_vec();
            if self.is_news(value, commit) {
                self.push(secret(place.rule, &mask_text(path), 0, commit));
            }
        }
    }

    fn add(&mut self, path: &str, text: &[u8], places: Vec<SecretPlace>, commit: Option<usize>) {
        let mut lines = Lines { text, at: 0, line: 1 };
        for place in places {
            let value = text.get(place.at.clone()).unwrap_or_default().to_vec();
            if self.is_news(value, commit) {
                let line = lines.of(place.at.start);
                self.push(secret(place.rule, path, line, commit));
            }
        }
    }

    /// In the tree each place is told; on the way to it only what the tree, or an earlier commit, doesn't have.
    fn is_news(&mut self, value: Vec<u8>, commit: Option<usize>) -> bool {
        let is_new = self.values.insert(value);
        commit.is_none() || is_new
    }

    fn push(&mut self, secret: FoundSecret) {
        match self.found.secrets.len() {
            MAX_FOUND => {
                let told = format!("More than {MAX_FOUND} places look like secrets; not all are listed.");
                if self.found.unmeasured.last() != Some(&told) {
                    self.found.unmeasured.push(told);
                }
            }
            _ => self.found.secrets.push(secret),
        }
    }
}

fn secret(rule: &str, path: &str, line: u64, commit: Option<usize>) -> FoundSecret {
    FoundSecret { rule: rule.to_owned(), path: path.to_owned(), line, commit }
}

fn new_secrets(path: &str, text: &[u8], before: Option<&[u8]>) -> Vec<SecretPlace> {
    let before = before.unwrap_or_default().to_vec();
    new_places(path, text, || Ok(before)).unwrap_or_default()
}

/// The earlier text is only looked at where there is something to compare.
fn new_places(
    path: &str,
    text: &[u8],
    before: impl FnOnce() -> Result<Vec<u8>, git2::Error>,
) -> Result<Vec<SecretPlace>, git2::Error> {
    let mut places = find_secrets(text);
    let is_binary = content::is_binary(text);
    places.retain(|place| is_meant(path, place, is_binary));
    if places.is_empty() {
        return Ok(places);
    }
    let before = before()?;
    let known: HashSet<&[u8]> =
        find_secrets(&before).into_iter().filter_map(|place| before.get(place.at)).collect();
    places.retain(|place| !text.get(place.at.clone()).is_some_and(|value| known.contains(value)));
    Ok(places)
}

/// Tests are full of passwords that open nothing, and bytes that are no text look like anything; a key of a known shape is
/// one wherever it stands.
fn is_meant(path: &str, place: &SecretPlace, is_binary: bool) -> bool {
    match place.rule {
        "named-secret" | "password-in-address" | "authorization" | "kubernetes-secret" => {
            !is_binary && !is_test(path)
        }
        "encoded-secret" => !is_binary && !crate::is_generated(path),
        _ => true,
    }
}

/// Text in two bytes a sign, as some systems write it: without the zeros between.
fn narrowed(text: &[u8]) -> Option<Vec<u8>> {
    let is_wide = text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]);
    is_wide.then(|| text.iter().copied().filter(|byte| *byte != 0).collect())
}

/// Counts lines once, for places in their order.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, place: usize) -> u64 {
        let place = place.min(self.text.len());
        if place > self.at {
            self.line += memchr::memchr_iter(b'\n', &self.text[self.at..place]).count() as u64;
            self.at = place;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(n: usize) -> String {
        format!("{}{}{n:04}", ["gh", "p_"].concat(), "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI")
    }

    #[test]
    fn the_place_is_told_and_the_value_is_not() {
        // REQ-DELIVER-06
        let text = format!("one\ntwo\nconst t = '{}';\nfour\nconst u = '{}';\n", token(1), token(2));
        let found = scan_text("src/a.ts", text.as_bytes(), None);
        assert_eq!(found.iter().map(|secret| secret.line).collect::<Vec<_>>(), [3, 5]);
        assert!(found.iter().all(|secret| secret.rule == "github-token" && secret.path == "src/a.ts"));
        assert!(!format!("{found:?}").contains(&token(1)));
    }

    #[test]
    fn what_was_there_before_is_no_news() {
        // REQ-DELIVER-06
        let before = format!("const t = '{}';\n", token(1));
        let after = format!("// moved\n{before}const u = '{}';\n", token(2));
        let found = scan_text("src/a.ts", after.as_bytes(), Some(before.as_bytes()));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 3);
    }

    #[test]
    fn secrets_in_bytes_and_in_wide_text_are_found() {
        // REQ-DELIVER-06
        let binary = [b"\0\x01\x02", token(3).as_bytes(), b"\0\xff"].concat();
        assert_eq!(scan_text("a.bin", &binary, None).len(), 1);
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(token(4).bytes().flat_map(|byte| [byte, 0])).collect();
        assert_eq!(scan_text("a.ps1", &wide, None).len(), 1);
    }

    #[test]
    fn passwords_of_tests_open_nothing() {
        let text = ["password = \"", "correct4horse\"\n"].concat();
        assert_eq!(scan_text("src/a.py", text.as_bytes(), None).len(), 1);
        assert_eq!(scan_text("tests/a.py", text.as_bytes(), None), []);
        assert_eq!(scan_text("tests/a.py", token(5).as_bytes(), None).len(), 1, "a key is one anywhere");
    }
}
