//! `gateway doctor`: whether deliveries can go where they are to go: the app, its rights, and each repository (REQ-DELIVER-18).

use super::doctor::{Finding, Level};
use crate::clock;
use crate::config::Config;
use crate::deliveries::{ForgeHands, Github};
use gateway_forge::RepoName;
use std::collections::BTreeSet;

/// Repositories that are looked at; with more, what holds for these mostly holds for all.
const LOOKED_AT: usize = 20;

pub(super) async fn look(config: &Config, findings: &mut Vec<Finding>) {
    let settings = &config.deliveries;
    let Some(github) = settings.github.clone().filter(|_| !settings.is_off()) else { return };
    let mut add = |level, says: String| findings.push(Finding { check: "deliveries", level, says });
    let github = match Github::new(github, &settings.preset) {
        Ok(github) => github,
        Err(why) => return add(Level::Fault, why),
    };
    let addresses = config.catalogue.repositories.values().map(|known| known.from.as_str());
    let sites: BTreeSet<String> =
        addresses.filter_map(|address| Some(github.site(address)?.repository)).collect();
    if sites.is_empty() {
        let says = "none of `repositories` lies at the forge, so nothing can be delivered; their `remote` begins with `delivery.github.url`";
        add(Level::Warning, says.to_owned());
    }
    for repository in sites.iter().take(LOOKED_AT) {
        let Ok(name) = RepoName::parse(repository) else { continue };
        for found in github.forge().doctor(&name, clock::system().now()).await {
            let level = if found.is_good { Level::Ok } else { Level::Fault };
            add(level, format!("{repository}: {}", found.says));
        }
    }
}
