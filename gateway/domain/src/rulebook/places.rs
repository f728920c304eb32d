//! The places that the configuration knows: repositories with their addresses and directories, and whose they are.

use super::fits;
use crate::record::About;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub known: Vec<KnownPlace>,
    /// The folder that workspaces are made in; a workspace anywhere else is none of ours.
    pub workspaces: String,
}

/// A repository of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownPlace {
    pub name: String,
    /// As [`normal_remote`] writes it.
    pub remote: Option<String>,
    pub directory: Option<String>,
    pub projects: Vec<String>,
}

impl Places {
    /// Its own workspace is what its repositories are.
    pub(super) fn is_in_workspace(&self, directory: &str, about: &About) -> bool {
        let Some(workspace) = &about.workspace else { return false };
        let Some(folder) = plain_directory(&self.workspaces) else { return false };
        !workspace.repositories.is_empty() && is_within(directory, &format!("{folder}/{}", workspace.name))
    }
}

impl KnownPlace {
    pub(super) fn is_named(&self, pattern: &str) -> bool {
        fits(pattern, &self.name) || self.has_remote(pattern)
    }

    pub(super) fn has_remote(&self, pattern: &str) -> bool {
        let pattern = normal_remote(pattern);
        self.remote.as_ref().is_some_and(|remote| fits(&pattern, remote))
    }

    pub(super) fn is_of(&self, pattern: &str) -> bool {
        self.projects.iter().any(|project| fits(pattern, project))
    }

    pub(super) fn holds(&self, directory: &str) -> bool {
        self.directory.as_deref().and_then(plain_directory).is_some_and(|own| is_within(directory, &own))
    }

    pub(super) fn lies_in(&self, directory: &str) -> bool {
        self.directory.as_deref().and_then(plain_directory).is_some_and(|own| is_within(&own, directory))
    }
}

/// An address as rules compare it: `github.com/acme/shop` for `https://me@GitHub.com:443/acme/Shop.git`.
pub fn normal_remote(address: &str) -> String {
    let text = address.trim().to_lowercase();
    let (is_url, rest) = match text.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, text.as_str()),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    // Without a scheme a colon parts host and path: `git@host:acme/shop`.
    let (host, path) = match host.split_once(':') {
        Some((host, more)) if !is_url => (host, format!("{more}/{path}")),
        Some((host, _)) => (host, path.to_owned()),
        None => (host, path.to_owned()),
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let path = parts.join("/");
    let path = path.strip_suffix(".git").unwrap_or(&path);
    if path.is_empty() { host.to_owned() } else { format!("{host}/{path}") }
}

/// The directory without `.`, doubled and last slashes. None for one that is not whole, or that goes up.
pub(super) fn plain_directory(directory: &str) -> Option<String> {
    let inner = directory.strip_prefix('/')?;
    let parts: Vec<&str> = inner.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.contains(&"..")).then(|| format!("/{}", parts.join("/")))
}

/// Whether the one is the other or lies in it.
pub(super) fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_however_it_is_written() {
        // REQ-RULES-01
        for written in [
            "https://github.com/acme/shop",
            "https://me:geheim@GitHub.com/acme/Shop.git",
            "https://github.com:443//acme/shop.git/",
            "ssh://git@github.com:22/acme/shop.git",
            "git@github.com:acme/shop.git",
            "github.com/acme/shop",
        ] {
            assert_eq!(normal_remote(written), "github.com/acme/shop", "{written}");
        }
        assert_eq!(normal_remote("file:///srv/git/shop.git"), "/srv/git/shop");
        assert_ne!(normal_remote("https://github.com.evil.test/acme/shop"), "github.com/acme/shop");
    }

    #[test]
    fn a_directory_that_goes_up_is_no_place() {
        // REQ-RULES-01
        assert_eq!(plain_directory("/work//shop/./").as_deref(), Some("/work/shop"));
        assert_eq!(plain_directory("/"), Some("/".to_owned()));
        for odd in ["", "work", "/work/../shop", "/work/shop/.."] {
            assert_eq!(plain_directory(odd), None, "{odd}");
        }
        assert!(is_within("/work/shop/src", "/work/shop") && is_within("/work", "/"));
        assert!(!is_within("/work/shop-old", "/work/shop") && !is_within("/work", "/work/shop"));
    }
}
