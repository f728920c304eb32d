//! What other people's code a change brings in or moves, read from the files that say so. What cannot be read is said to
//! be unmeasured; what is known to say so in a form that isn't read here counts as one change of unknown name.

mod cargo;
mod go;
mod npm;
mod python;

use crate::content::{self, Content};
use crate::measure::Change;
use gateway_delivery::{DependencyChange, FileStatus};
use git2::{Oid, Repository};
use std::collections::{BTreeMap, BTreeSet};

/// By name: the version, or whatever else says where it comes from.
pub(crate) type Listed = BTreeMap<String, String>;

/// Larger files were not written for people or their package managers.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// Of one file.
const MAX_CHANGES: usize = 2_000;

/// Longest name or version that is shown.
const MAX_WORD: usize = 200;

struct Kind {
    ecosystem: &'static str,
    read: fn(&str) -> Result<Listed, String>,
}

/// What says what is depended on, by the file's name.
fn kind(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let kind = |ecosystem, read| Some(Kind { ecosystem, read });
    match name {
        "package.json" => kind("npm", npm::manifest),
        "package-lock.json" | "npm-shrinkwrap.json" => kind("npm", npm::lock),
        "Cargo.toml" => kind("cargo", cargo::manifest),
        "Cargo.lock" => kind("cargo", cargo::lock),
        "pyproject.toml" => kind("pypi", python::project),
        "poetry.lock" | "uv.lock" | "pdm.lock" => kind("pypi", cargo::lock),
        "go.mod" => kind("go", go::module),
        _ if is_requirements(name) => kind("pypi", python::requirements),
        _ => None,
    }
}

fn is_requirements(name: &str) -> bool {
    let is_list = name.ends_with(".txt") || name.ends_with(".in");
    is_list
        && (name.starts_with("requirements")
            || name.starts_with("constraints")
            || name.ends_with("requirements.txt"))
}

/// Files that say so too, and aren't read here.
fn known_by_name(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    Some(match name {
        "yarn.lock" | "pnpm-lock.yaml" | "bun.lock" | "bun.lockb" | "deno.json" | "deno.lock" => "npm",
        "Pipfile" | "Pipfile.lock" | "setup.py" | "setup.cfg" | "environment.yml" => "pypi",
        "Gemfile" | "Gemfile.lock" => "rubygems",
        "composer.json" | "composer.lock" => "packagist",
        "pom.xml" | "build.gradle" | "build.gradle.kts" | "gradle.lockfile" | "libs.versions.toml" => "maven",
        "pubspec.yaml" | "pubspec.lock" => "pub",
        "mix.exs" | "mix.lock" => "hex",
        "Package.swift" | "Package.resolved" => "swift",
        "packages.lock.json" | "packages.config" | "Directory.Packages.props" => "nuget",
        "flake.lock" => "nix",
        _ if name.ends_with(".csproj") || name.ends_with(".fsproj") => "nuget",
        _ => return None,
    })
}

/// In the order of the files; and in sentences what could not be read.
pub(crate) fn changed(
    repository: &Repository,
    changes: &[Change],
) -> Result<(Vec<DependencyChange>, Vec<String>), git2::Error> {
    let (mut all, mut unmeasured) = (vec![], vec![]);
    for change in changes {
        let old_path = change.file.old_path.as_deref().unwrap_or(&change.file.path);
        let path = &change.file.path;
        // A file that is moved away says no more what it said.
        let Some(kind) = kind(path).or_else(|| kind(old_path)) else {
            if let Some(ecosystem) = known_by_name(path).or_else(|| known_by_name(old_path)) {
                all.push(unknown(ecosystem, path));
            }
            continue;
        };
        let old = if self::kind(old_path).is_some() { change.old } else { Oid::ZERO_SHA1 };
        let is_gone = change.file.status == FileStatus::Deleted || self::kind(path).is_none();
        let new = if is_gone { Oid::ZERO_SHA1 } else { change.new };
        match listed(repository, new, &kind)? {
            Err(why) => {
                unmeasured.push(format!("{path} could not be read as a list of dependencies: {why}."))
            }
            Ok(new) => {
                // If the old one could not be read, all of the new one is news.
                let old = listed(repository, old, &kind)?.unwrap_or_default();
                compare(&old, &new, kind.ecosystem, path, &mut all, &mut unmeasured);
            }
        }
    }
    Ok((all, unmeasured))
}

fn listed(repository: &Repository, id: Oid, kind: &Kind) -> Result<Result<Listed, String>, git2::Error> {
    Ok(match content::of(repository, id, MAX_FILE)? {
        Content::None => Ok(Listed::new()),
        Content::TooLarge(size) => Err(format!("it has {size} bytes")),
        Content::Bytes(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => (kind.read)(text.trim_start_matches('\u{feff}')),
            Err(_) => Err("it is not text (UTF-8)".to_owned()),
        },
    })
}

fn compare(
    old: &Listed,
    new: &Listed,
    ecosystem: &str,
    manifest: &str,
    all: &mut Vec<DependencyChange>,
    unmeasured: &mut Vec<String>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let word = |text: &String| text.chars().take(MAX_WORD).collect::<String>();
    all.extend(differing.by_ref().take(MAX_CHANGES).map(|name| DependencyChange {
        ecosystem: ecosystem.to_owned(),
        name: word(name),
        from: old.get(name).map(word),
        to: new.get(name).map(word),
        manifest: manifest.to_owned(),
    }));
    if differing.next().is_some() {
        unmeasured
            .push(format!("{manifest} changes more than {MAX_CHANGES} dependencies; not all are listed."));
    }
}

fn unknown(ecosystem: &str, manifest: &str) -> DependencyChange {
    let (name, manifest) = ("*".to_owned(), manifest.to_owned());
    DependencyChange { ecosystem: ecosystem.to_owned(), name, from: None, to: None, manifest }
}

/// Several versions of one name stand beside each other.
pub(crate) fn add(listed: &mut Listed, name: &str, version: &str) {
    match listed.get_mut(name) {
        None => drop(listed.insert(name.to_owned(), version.to_owned())),
        Some(versions) if versions.split(", ").any(|one| one == version) => {}
        Some(versions) => {
            versions.push_str(", ");
            versions.push_str(version);
        }
    }
}
