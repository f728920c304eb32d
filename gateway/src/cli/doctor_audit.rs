//! `gateway doctor`: what the audit log is signed with, and how much of it is proven by a checkpoint elsewhere.

use super::doctor::{Finding, Level};
use crate::anchor::{WitnessConfig, newest_outside, witnessed_heads};
use crate::config::Config;
use crate::store::Inspection;
use crate::token::own_root_secret_file;
use gateway_proof::checkpoint::Checkpoint;
use std::path::Path;

/// More entries than this without a checkpoint elsewhere are more than a minute's work.
pub(super) const MANY: u64 = 100;

pub(super) fn look(config: &Config, state: &Path, findings: &mut Vec<Finding>) {
    findings.push(root_secret(config, state));
    findings.extend(outside(config, state));
    findings.extend(config.log_heads.witnesses.iter().filter_map(|witness| witnessed(witness, state)));
}

/// None while there is no log.
fn witnessed(witness: &WitnessConfig, state: &Path) -> Option<Finding> {
    let head: Checkpoint = Inspection::of(state).ok()?.audit_checkpoint().ok()?.parse().ok()?;
    let heads = witnessed_heads(state).unwrap_or_default();
    let newest = heads.iter().find(|head| head.key == witness.key).and_then(|head| head.checked().ok());
    let (level, says) = match newest.filter(|(newest, _)| newest.origin == head.origin) {
        Some((newest, at)) => {
            let since = head.size.saturating_sub(newest.size);
            let level = if since > MANY { Level::Warning } else { Level::Ok };
            let at = at.strftime("%Y-%m-%d %H:%M:%S UTC");
            (
                level,
                format!("{} countersigned {since} of {} entries ago ({at})", witness.key.name(), head.size),
            )
        }
        None => (
            Level::Warning,
            format!(
                "{} has countersigned nothing yet. It needs the key that `gateway audit key` prints",
                witness.key.name()
            ),
        ),
    };
    Some(Finding { check: "witness", level, says })
}

/// Someone who has the key can rewrite the log and sign it again.
fn root_secret(config: &Config, state: &Path) -> Finding {
    let (level, says) = match &config.root_secret {
        Some(file) if file.starts_with(state) => (
            Level::Warning,
            format!(
                "{} is in the state directory: anyone who takes the disk takes the secret too. Move it elsewhere",
                file.display()
            ),
        ),
        Some(file) => (Level::Ok, format!("in {}", file.display())),
        // The gateway that runs there was given one that this shell knows nothing of.
        None if !own_root_secret_file(state).exists() => {
            (Level::Ok, "not in the state directory".to_owned())
        }
        None => (
            Level::Ok,
            "created by the gateway, beside its state: anyone who takes the disk takes the secret too, and can \
             sign a rewritten audit log. Set GATEWAY_ROOT_SECRET_FILE to a file elsewhere"
                .to_owned(),
        ),
    };
    Finding { check: "root secret", level, says }
}

/// None while there is no log.
fn outside(config: &Config, state: &Path) -> Option<Finding> {
    let head: Checkpoint = Inspection::of(state).ok()?.audit_checkpoint().ok()?.parse().ok()?;
    let has_others = config.log_heads.bucket.is_some() || !config.log_heads.witnesses.is_empty();
    let (level, says) = match (&config.log_heads.anchor, newest_outside(state, &head.origin)) {
        (_, Some(outside)) => {
            let since = head.size.saturating_sub(outside.entries);
            let at = outside.at.strftime("%Y-%m-%d %H:%M:%S UTC");
            let level = if since > MANY { Level::Warning } else { Level::Ok };
            (level, format!("newest head outside: {since} of {} entries ago ({at})", head.size))
        }
        (Some(anchor), None) => {
            (Level::Warning, format!("no head outside yet: {} has none that the gateway knows of", anchor.remote))
        }
        // Each of them is a finding.
        (None, None) if has_others => return None,
        (None, None) => (
            Level::Ok,
            "no head outside: someone with the gateway's key can rewrite the log unnoticed. Set `audit.anchor`, `audit.bucket` or `audit.witnesses`, or save \
             what `gateway audit checkpoint` prints elsewhere"
                .to_owned(),
        ),
    };
    Some(Finding { check: "audit log", level, says })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token;
    use std::path::PathBuf;

    fn config(root_secret: Option<&str>) -> Config {
        Config { root_secret: root_secret.map(PathBuf::from), ..Config::from(&|_| None).unwrap() }
    }

    #[test]
    fn a_secret_that_lies_beside_the_log_is_said_to_do_so() {
        // REQ-PROOF-02
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        assert_eq!(root_secret(&config(None), state).says, "not in the state directory");
        token::root_secret(None, state).unwrap();
        let own = root_secret(&config(None), state);
        assert!(own.says.contains("takes the disk takes the secret too"), "{own:?}");
        let file = own_root_secret_file(state).display().to_string();
        let inside = root_secret(&config(Some(&file)), state);
        assert_eq!(inside.level, Level::Warning);
        let elsewhere = root_secret(&config(Some("/run/secrets/root")), state);
        assert_eq!((elsewhere.level, elsewhere.says.as_str()), (Level::Ok, "in /run/secrets/root"));
    }
}
