//! The repositories of rescue branches: one for each mirror, where only the gateway writes.

use super::borrowed::{lines, write, write_shallow};
use super::examined::{Examined, Spot};
use crate::workspace::private::Private;
use git2::{Oid, PackBuilder, Repository};
use std::collections::HashSet;
use std::path::Path;

/// What was brought is put on disk, and then gets its names.
pub(super) fn settle(of: &Examined<'_>, kept: &Path, branches: &[(String, Oid)]) -> Result<(), git2::Error> {
    opened(kept, &of.spot.folders.private.mirror(&of.label))?;
    let pack = of.repository().packbuilder()?;
    packed(pack, of.borrowed.all_brought(), kept)?;
    let mut shallow = of.borrowed.shallow().clone();
    shallow.extend(lines(&kept.join("shallow")).iter().filter_map(|line| Oid::from_str(line).ok()));
    write_shallow(kept, &shallow)?;
    let repository = Repository::open_bare(kept)?;
    for (branch, commit) in branches {
        repository.reference(&head(branch), *commit, false, "Kept")?;
    }
    Ok(())
}

/// Puts objects into a repository of ours; some may be in the pack already.
pub(super) fn packed(mut pack: PackBuilder<'_>, objects: &[Oid], into: &Path) -> Result<(), git2::Error> {
    for id in objects {
        pack.insert_object(*id, None)?;
    }
    if pack.object_count() > 0 {
        let packs = into.join("objects/pack");
        pack.write(&packs, 0o444)?;
        synced(&packs)?;
    }
    Ok(())
}

pub(super) fn head(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

/// The name itself, then with 2, 3, … behind it, without those that another rescue has.
pub(super) fn free_names(
    kept: &Path,
    wanted: &str,
) -> Result<impl Iterator<Item = String> + use<>, git2::Error> {
    let mut taken = HashSet::new();
    if kept.is_dir() {
        for reference in Repository::open_bare(kept)?.references()? {
            taken.extend(reference?.name().map(str::to_owned));
        }
    }
    let wanted = wanted.to_owned();
    let numbered = move |n| if n == 1 { wanted.clone() } else { format!("{wanted}-{n}") };
    Ok((1..).map(numbered).filter(move |name| !taken.contains(&head(name))))
}

/// The repository of rescue branches; what the mirror has it need not have again.
fn opened(kept: &Path, mirror: &Path) -> Result<Repository, git2::Error> {
    if !kept.is_dir() {
        Repository::init_bare(kept)?;
    }
    if mirror.is_dir() {
        let objects = format!("{}\n", mirror.join("objects").display());
        write(&kept.join("objects/info/alternates"), objects.as_bytes())?;
    }
    Repository::open_bare(kept)
}

/// A rescue is on disk before what it rescues goes.
fn synced(packs: &Path) -> Result<(), git2::Error> {
    let all = || -> std::io::Result<()> {
        for entry in std::fs::read_dir(packs)? {
            std::fs::File::open(entry?.path())?.sync_all()?;
        }
        std::fs::File::open(packs)?.sync_all()
    };
    all().map_err(|error| git2::Error::from_str(&format!("{}: {error}", packs.display())))
}

/// The rescue branches of a workspace, from all that are kept of a repository.
pub(super) fn rescued(
    private: &Private,
    label: &str,
    spot: &Spot<'_>,
) -> Result<Vec<(String, Oid)>, git2::Error> {
    let path = private.kept(label);
    if !path.is_dir() {
        return Ok(vec![]);
    }
    let repository = Repository::open_bare(path)?;
    let mut all = vec![];
    for reference in repository.references_glob("refs/heads/rescue/*")? {
        let reference = reference?;
        let name = reference.name().unwrap_or_default();
        if let Some(branch) = name.strip_prefix("refs/heads/")
            && is_of(branch, spot.workspace.as_str())
        {
            all.push((branch.to_owned(), reference.peel_to_commit()?.id()));
        }
    }
    Ok(all)
}

/// `rescue/shop-20261128-171500`, perhaps with a number; not that of `shop-login`.
fn is_of(branch: &str, workspace: &str) -> bool {
    let stamp = branch
        .strip_prefix("rescue/")
        .and_then(|rest| rest.strip_prefix(workspace))
        .and_then(|rest| rest.strip_prefix('-'));
    stamp.is_some_and(|stamp| {
        let parts: Vec<_> = stamp.split('-').collect();
        let digits = |part: &&str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.len() >= 2 && digits(&parts[0], 8) && digits(&parts[1], 6)
    })
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_rescue_belongs_to_one_workspace() {
        assert!(
            is_of("rescue/shop-20261128-171500", "shop") && is_of("rescue/shop-20261128-171500-2", "shop")
        );
        assert!(!is_of("rescue/shop-login-20261128-171500", "shop"));
        assert!(is_of("rescue/shop-login-20261128-171500", "shop-login"));
    }
}
