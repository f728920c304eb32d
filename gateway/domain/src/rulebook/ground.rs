//! Which rules fit a session, and whether they are about all that it works on.

use super::places::{KnownPlace, is_within, plain_directory};
use super::{Fits, Rule, RuleBook, fits};
use crate::record::About;

/// The rules of a session.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub(super) rules: Vec<&'a Rule>,
    /// What of the session no rule is about, as a sentence; nobody can allow anything there.
    pub(super) uncovered: Option<String>,
}

/// One thing that a session works on, whatever anybody calls it.
enum Site<'a> {
    Directory(String),
    Repository(&'a KnownPlace),
    Unknown(String),
}

impl RuleBook {
    /// `directory` is where the agent asks, if that is known to be elsewhere.
    pub(super) fn ground(&self, about: &About, directory: Option<&str>) -> Ground<'_> {
        let sites = self.sites(about, directory);
        let fits = |rule: &&Rule| {
            rule.is_for_all()
                || self.is_chosen(rule, about)
                || sites.iter().any(|site| self.covers(rule, site) || self.touches(rule, site))
        };
        let rules = self.rules.iter().filter(fits).collect();
        let open = |site: &&Site<'_>| !self.rules.iter().any(|rule| self.covers(rule, site));
        Ground { rules, uncovered: sites.iter().find(open).map(Site::in_words) }
    }

    fn sites(&self, about: &About, directory: Option<&str>) -> Vec<Site<'_>> {
        let mut sites = vec![];
        let own = [Some(about.directory.as_str()), directory].into_iter().flatten();
        let mut directories: Vec<&str> = own.filter(|directory| !directory.is_empty()).collect();
        directories.dedup();
        for directory in directories {
            match plain_directory(directory) {
                Some(plain) if self.places.is_in_workspace(&plain, about) => {}
                Some(plain) => sites.push(Site::Directory(plain)),
                None => sites.push(Site::Unknown(directory.to_owned())),
            }
        }
        for name in about.workspace.iter().flat_map(|workspace| &workspace.repositories) {
            let before = sites.len();
            let named = self.places.known.iter().filter(|place| place.name == name.as_str());
            sites.extend(named.map(Site::Repository));
            if sites.len() == before {
                sites.push(Site::Unknown(name.to_string()));
            }
        }
        if sites.is_empty() {
            sites.push(Site::Unknown("where it works".to_owned()));
        }
        sites
    }

    /// What its starter called it: rules are added by it.
    fn is_chosen(&self, rule: &Rule, about: &About) -> bool {
        let Some(project) = &about.project else { return false };
        let own = |place: &&KnownPlace| place.projects.contains(project);
        match &rule.fits {
            Fits::Project(pattern) => fits(pattern, project),
            _ => self.places.known.iter().filter(own).any(|place| is_about(rule, place)),
        }
    }

    /// The rule is about this, as a whole.
    fn covers(&self, rule: &Rule, site: &Site<'_>) -> bool {
        if rule.is_for_all() {
            return true;
        }
        match site {
            Site::Unknown(_) => false,
            Site::Repository(place) => is_about(rule, place),
            Site::Directory(directory) => match &rule.fits {
                Fits::Directory(pattern) => is_below(pattern, directory),
                _ => self.innermost(directory).iter().any(|place| is_about(rule, place)),
            },
        }
    }

    /// Whether a rule is about a known repository.
    pub fn is_about(rule: &Rule, place: &KnownPlace) -> bool {
        rule.is_for_all() || is_about(rule, place)
    }

    /// A part of what the session can reach there is the rule's, or what is around it.
    fn touches(&self, rule: &Rule, site: &Site<'_>) -> bool {
        let Site::Directory(directory) = site else { return false };
        let near = |place: &&KnownPlace| place.holds(directory) || place.lies_in(directory);
        match &rule.fits {
            Fits::Directory(pattern) => is_within(fixed_part(pattern), directory),
            _ => self.places.known.iter().filter(near).any(|place| is_about(rule, place)),
        }
    }

    /// The known places of the directory that lie in no other one of them.
    fn innermost(&self, directory: &str) -> Vec<&KnownPlace> {
        let around: Vec<_> = self.places.known.iter().filter(|place| place.holds(directory)).collect();
        let length = |place: &&KnownPlace| place.directory.as_ref().map_or(0, String::len);
        let longest = around.iter().map(length).max();
        around.into_iter().filter(|place| Some(length(place)) == longest).collect()
    }
}

impl Site<'_> {
    fn in_words(&self) -> String {
        match self {
            Self::Directory(directory) => format!("no rule is about {directory}"),
            Self::Repository(place) => format!("no rule is about the repository {}", place.name),
            Self::Unknown(what) => format!("nobody knows which rules hold for it ({what})"),
        }
    }
}

fn is_about(rule: &Rule, place: &KnownPlace) -> bool {
    match &rule.fits {
        Fits::Repository(pattern) => place.is_named(pattern),
        Fits::Remote(pattern) => place.has_remote(pattern),
        Fits::Project(pattern) => place.is_of(pattern),
        Fits::Directory(pattern) => {
            let directory = place.directory.as_deref().and_then(plain_directory);
            directory.is_some_and(|directory| is_below(pattern, &directory))
        }
    }
}

/// The directory, or one around it, fits the pattern.
fn is_below(pattern: &str, directory: &str) -> bool {
    let pattern = pattern.trim_end_matches('/');
    let mut at = Some(directory);
    while let Some(directory) = at.filter(|directory| !directory.is_empty()) {
        if crate::pattern::matches(pattern, directory) {
            return true;
        }
        at = directory.rsplit_once('/').map(|(around, _)| around);
    }
    pattern.is_empty()
}

/// What stands before the first `*`, up to a whole directory.
fn fixed_part(pattern: &str) -> &str {
    let fixed = pattern.split('*').next().unwrap_or_default();
    match fixed.len() == pattern.len() {
        true => pattern.trim_end_matches('/'),
        false => fixed.rsplit_once('/').map_or("", |(whole, _)| whole),
    }
}
