//! `owner/name`, as it stands in paths.

use std::fmt;

const LONGEST: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoName {
    owner: String,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a repository's name. One looks like acme/shop.")]
pub struct NotARepoName;

impl RepoName {
    pub fn parse(text: &str) -> Result<Self, NotARepoName> {
        let (owner, name) = text.split_once('/').ok_or(NotARepoName)?;
        match is_plain(owner) && is_plain(name) {
            true => Ok(Self { owner: owner.to_owned(), name: name.to_owned() }),
            false => Err(NotARepoName),
        }
    }

    pub fn owner(&self) -> &str {
        &self.owner
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// GitHub doesn't tell capital letters from small ones.
    pub(crate) fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/repos/{self}{rest}")
    }
}

fn is_plain(part: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !part.is_empty() && part.len() <= LONGEST && part.chars().all(fits) && part != "." && part != ".."
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A branch or the like within a path; its slashes stay.
pub(crate) fn in_path(text: &str) -> String {
    let parts = text
        .split('/')
        .map(|part| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20"));
    parts.collect::<Vec<_>>().join("/")
}

/// A value of a query.
pub(crate) fn in_query(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_two_plain_parts() {
        // REQ-DELIVER-04: what is asked for stays within the repository.
        assert_eq!(RepoName::parse("acme/shop.js").unwrap().to_string(), "acme/shop.js");
        for text in ["acme", "acme/", "/shop", "acme/shop/x", "a b/c", "acme/..", "acme/sh?p", "acme/sh%2e"] {
            assert_eq!(RepoName::parse(text), Err(NotARepoName), "{text}");
        }
    }

    #[test]
    fn branches_are_safe_in_a_path() {
        assert_eq!(in_path("hubble/HB-1-fix #2?"), "hubble/HB-1-fix%20%232%3F");
        assert_eq!(in_query("acme:fix&x=1"), "acme%3Afix%26x%3D1");
    }
}
