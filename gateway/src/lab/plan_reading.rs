//! From the copy of a workspace to what will be deployed: the recipe of the repository, else of the project, else what the
//! files look like.

use super::attempt_folder::AttemptFolder;
use super::detection::{detected, file_in};
use super::recipe::{self, Recipe, fault_of_image};
use super::{LabConfig, ProjectLab};
use crate::sessions::ports::WorkspaceCopy;
use gateway_domain::{LabPlan, SafeName};
use serde_json::json;
use sha2::{Digest, Sha256};

const NOTHING_SAYS: &str = "Nothing says how this app starts. Add .opencode/lab.yaml to the repository, with a line such as `command: npm start`.";

const NO_IMAGE: &str =
    "Nothing says which image the app runs in. Add a line such as `image: node:22` to .opencode/lab.yaml.";

/// By whom what is planned will be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunsIn {
    /// On this machine, and whether something keeps it from what is not its own.
    Process { unguarded: bool },
    /// In a container, which needs an image.
    Container,
}

/// A recipe with where it is from, and the folder that it is about.
struct FoundRecipe {
    recipe: Recipe,
    from: String,
    below: String,
}

/// Why nothing is deployed, as a sentence.
pub(super) fn plan(
    config: &LabConfig,
    project: Option<&str>,
    folder: &AttemptFolder,
    name: &SafeName,
    copy: &WorkspaceCopy,
    runs_in: RunsIn,
) -> Result<LabPlan, String> {
    let FoundRecipe { recipe, from, below } = found(config, config.of(project), folder, copy, runs_in)?;
    if runs_in == RunsIn::Container {
        let image = recipe
            .image
            .as_deref()
            .ok_or_else(|| format!("{NO_IMAGE} Allowed are: {}.", config.images.join(", ")))?;
        if let Some(fault) = fault_of_image(image, &config.images) {
            return Err(format!("{from} suggests an image that can't be used. {fault}"));
        }
    }
    let unguarded = runs_in == RunsIn::Process { unguarded: true };
    let directory = joined(&below, &recipe.directory);
    let place = folder.files().join(&directory);
    if !place.is_dir() {
        return Err(format!(
            "{from} can't be used. `directory`: there is no folder {directory} in the workspace."
        ));
    }
    let digest = digest(&recipe, &directory, unguarded);
    let Recipe { command, port, ready, environment, image, .. } = recipe;
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Ok(LabPlan {
        name: name.to_string(),
        from,
        command,
        directory,
        port,
        ready,
        environment,
        image,
        digest,
        files: number(copy.files),
        bytes: copy.bytes,
        commit: copy.commit.clone(),
        changed: number(copy.changed),
        left_out: copy.left_out.clone(),
        unguarded,
    })
}

fn found(
    config: &LabConfig,
    project: &ProjectLab,
    folder: &AttemptFolder,
    copy: &WorkspaceCopy,
    runs_in: RunsIn,
) -> Result<FoundRecipe, String> {
    let folders: Vec<String> = match copy.folders.is_empty() {
        true => vec![String::new()],
        false => copy.folders.iter().map(ToString::to_string).collect(),
    };
    for below in &folders {
        let place = folder.files().join(below);
        if place.join(recipe::FILE).symlink_metadata().is_err() {
            continue;
        }
        let from = joined(below, recipe::FILE);
        let told = |faults: Vec<String>| format!("{from} can't be used. {}", faults.join(" "));
        let text = file_in(&place, recipe::FILE, recipe::LONGEST_FILE).ok_or_else(|| {
            told(vec![format!("It must be a plain file of at most {} KiB.", recipe::LONGEST_FILE / 1024)])
        })?;
        let recipe = recipe::read(&text, &config.images).map_err(told)?;
        return Ok(FoundRecipe { recipe, from, below: below.clone() });
    }
    if let Some(recipe) = &project.recipe {
        let below = folders.first().cloned().unwrap_or_default();
        return Ok(FoundRecipe {
            recipe: recipe.clone(),
            from: "the project's configuration".to_owned(),
            below,
        });
    }
    for below in &folders {
        let place = folder.files().join(below);
        if let Some((mut recipe, from)) = detected(&|name, most| file_in(&place, name, most)) {
            // A guess that nobody needs is not shown to anyone.
            recipe.image = recipe.image.filter(|_| runs_in == RunsIn::Container);
            return Ok(FoundRecipe { recipe, from: joined(below, from), below: below.clone() });
        }
    }
    Err(NOTHING_SAYS.to_owned())
}

fn joined(below: &str, name: &str) -> String {
    match (below, name) {
        ("", name) => name.to_owned(),
        (below, "") => below.to_owned(),
        (below, name) => format!("{below}/{name}"),
    }
}

/// Of all that an answer is given for. Files change with the work, and are not part of it.
fn digest(recipe: &Recipe, directory: &str, unguarded: bool) -> String {
    let Recipe { command, port, ready, environment, image, directory: _ } = recipe;
    let whole = json!([command, port, ready, directory, environment, image, unguarded]);
    hex::encode(Sha256::digest(whole.to_string()))
}
